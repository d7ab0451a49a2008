import { FileError } from '@polytag/core';
import { unshielded } from './printable-streams.js';

/** The watched streams, each with its first error. */
const faults = new WeakMap<object, { error?: NodeJS.ErrnoException }>();

/**
 * Keeps the process alive when a stream cannot be written to: the reader has gone (`| head`), the disk of the log is
 * full, the terminal was closed. Later output is dropped; `outputEnded` tests for this.
 */
export function watchOutput(stream: NodeJS.WritableStream): void {
  const target = unshielded(stream);
  if (faults.has(target)) return;
  const fault: { error?: NodeJS.ErrnoException } = {};
  faults.set(target, fault);
  target.on('error', (error: NodeJS.ErrnoException) => void (fault.error ??= error));
}

/** Whether a watched stream can no longer be written to. A command that only prints can stop. */
export const outputEnded = (stream: NodeJS.WritableStream): boolean => errorOf(stream) !== undefined;

/** Why a watched stream cannot be written to. Undefined if it can, or if its reader has gone on purpose (`| head`). */
export function outputFault(stream: NodeJS.WritableStream): FileError | undefined {
  const error = errorOf(stream);
  const code = error?.code ?? 'failed';
  if (!error || code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return undefined;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new FileError(`file/${code}`, `The output cannot be written: ${error.message}.`, {
    hint: full
      ? 'Free some disk space, or redirect the output elsewhere. Files written so far are intact.'
      : 'Redirect the output elsewhere. Files written so far are intact.',
    cause: error,
  });
}

const errorOf = (stream: NodeJS.WritableStream) => faults.get(unshielded(stream))?.error;
