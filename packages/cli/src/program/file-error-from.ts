import { isNativeError } from 'node:util/types';
import { FileError } from '@polytag/core';

/** What to do about the refusals of a system that a person can mend. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'Change the permissions, or name another path.',
  EDQUOT: 'Free some of the disk quota. What was saved before is whole.',
  EISDIR: 'A folder stands where a file is meant: name another path.',
  EMFILE: 'Raise the limit of open files (ulimit -n).',
  ENOSPC: 'Free some disk space. What was saved before is whole.',
  ENOTDIR: 'A file stands where a folder is meant: name another path.',
  EPERM: 'Change the permissions, or name another path.',
  EROFS: 'The file system is read-only: name another path.',
};

/** The error of a system call on a file, as one that says what to do; undefined for any other error. */
export function fileErrorFrom(error: unknown): FileError | undefined {
  if (!isNativeError(error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!code || !syscall || !(code in ADVICE)) return undefined;
  // Node says "CODE: what, syscall 'path'".
  const what = error.message.slice(error.message.indexOf(': ') + 2);
  return new FileError(`file/${code}`, `The system refuses a file: ${what}.`, {
    hint: ADVICE[code],
    cause: error,
  });
}
