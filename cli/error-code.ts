/** Returns whether an error of Node or the operating system has this code, such as ENOENT. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return Error.isError(error) && 'code' in error && error.code === code;
}
