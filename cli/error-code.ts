/** Whether this is an error of Node or the operating system with a certain code, as ENOENT. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return Error.isError(error) && 'code' in error && error.code === code;
}
