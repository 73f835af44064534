/** The fault, if there is one. */
export const when = (wrong: boolean, fault: string): string[] => (wrong ? [fault] : [])
