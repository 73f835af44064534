/** Targets: SFTP. */
export const sftpErrors = {}
