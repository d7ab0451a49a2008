import { CheckpointError } from '@polytag/core';

/** What the file system said about a path that was read, as an error a person can act on. */
export function readFault(path: string, cause: unknown): CheckpointError {
  if (errnoOf(cause) === 'ENOENT') {
    return new CheckpointError('checkpoint/not-found', `${path} was not found.`, {
      hint: 'Check the path.',
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CheckpointError('checkpoint/read-failed', `Could not read ${path}: ${reason}`, {
    hint: 'Check the path and its permissions.',
    cause,
  });
}

/** The system's name of an error, e.g. `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
