import { isFault, type ErrorCode } from '../../src/errors.ts'

/** For `rejects.toSatisfy`: whether an error is that of the catalogue. */
export const fails = (code: ErrorCode) => (error: unknown) => isFault(error, code)
