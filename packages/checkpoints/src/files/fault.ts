import { CheckpointError } from '@polytag/core';

/** What the file system said about a path, as an error a person can act on. */
export function fault(action: 'read' | 'write', path: string, cause: unknown): CheckpointError {
  const code = errnoOf(cause);
  if (code === 'ENOENT') {
    const what = action === 'write' ? `The folder of ${path}` : path;
    return new CheckpointError('checkpoint/not-found', `${what} does not exist.`, {
      hint: 'Check the path.',
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CheckpointError(`checkpoint/${action}-failed`, `Could not ${action} ${path}: ${reason}`, {
    hint: code === 'ENOSPC' ? 'The disk is full.' : 'Check that the path is right and that you may use it.',
    cause,
  });
}

/** The system's name of an error, e.g. `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
