import { FileError, PolytagError } from '@polytag/core';

const TAKEN = 'Another program is using it: close that program, or choose another path.';
const NAME_ANOTHER = 'Change the permissions, or choose another path.';

/** What to do about each system error that a user can solve. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: NAME_ANOTHER,
  EBUSY: TAKEN,
  EDQUOT: 'Free some of your disk quota. Everything saved before is intact.',
  EEXIST: 'A file or folder of that name already exists: move it away, or choose another path.',
  EFBIG:
    'The file would exceed the size limit of the file system or of the shell (ulimit -f): choose another path.',
  EIO: 'The disk reports an input/output error: check the disk, or choose a path on another disk.',
  EISDIR: 'The path is a folder, but a file is expected: choose another path.',
  ELOOP: 'Symbolic links form a loop: choose another path.',
  EMFILE: 'Raise the limit of open files (ulimit -n).',
  ENAMETOOLONG: 'Choose a shorter path.',
  ENFILE: 'Too many files are open on this system: close some programs.',
  ENOENT: 'The folder does not exist: create it, or choose another path.',
  ENOSPC: 'Free some disk space. Everything saved before is intact.',
  ENOTDIR: 'Part of the path is a file, but a folder is expected: choose another path.',
  ENOTEMPTY: 'A file or folder of that name already exists: move it away, or choose another path.',
  EPERM: NAME_ANOTHER,
  EROFS: 'The file system is read-only: choose another path.',
  ESTALE: 'The network folder is no longer available: mount it again, or choose another path.',
  ETXTBSY: TAKEN,
  EXDEV: 'The two paths are on different disks: choose paths on the same disk.',
};

/** The message of Node, "CODE: what, syscall 'path'": all that is left of an error from another thread. */
const MESSAGE = /^([A-Z][A-Z0-9]+): (.+, [a-z]+(?: '.*)?)$/s;

/** Most nested errors that are searched. It also stops at circles. */
const MOST = 32;

/**
 * Turns the error of a system call on a file into a FileError with a hint; undefined for any other error. Searches the
 * `cause` of errors that are not Polytag's and the `errors` of an AggregateError, and recognises errors that were
 * cloned from a worker.
 */
export function fileErrorFrom(error: unknown): FileError | undefined {
  const waiting = [error];
  for (let seen = 0; seen < MOST && waiting.length > 0; seen++) {
    const here = waiting.shift();
    if (!isError(here)) continue;
    if (here instanceof FileError) return here;
    // Its class says already whose fault it is.
    if (here instanceof PolytagError) continue;
    const [code, what] = refusal(here);
    if (code !== undefined && Object.hasOwn(ADVICE, code)) {
      return new FileError(`file/${code}`, `The operating system refused access to a file: ${what}.`, {
        // Of a folder that is to be made with those above it, the name is taken by a file.
        hint: ADVICE[code === 'EEXIST' && what?.includes(', mkdir') ? 'ENOTDIR' : code],
        cause: error,
      });
    }
    const { errors } = here as { readonly errors?: unknown };
    waiting.push(here.cause, ...(Array.isArray(errors) ? errors.slice(0, MOST) : []));
  }
  return undefined;
}

/** The system's error code and message. */
function refusal(error: Error): [code?: string, what?: string] {
  const [, code, what] = MESSAGE.exec(error.message) ?? [];
  if (code) return [code, what];
  // An error of a stream, or one that was made anew, may have the name beside another text.
  const own = (error as NodeJS.ErrnoException).code;
  return typeof own === 'string' ? [own, error.message.replace(`${own}: `, '') || own] : [];
}

/** Also an error of another realm or thread, for which `instanceof Error` is false. */
function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && typeof (value as Error).message === 'string';
}
