/** Targets: The EGI AppDB. */
export const appdbErrors = {}
