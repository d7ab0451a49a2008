import { FileError } from '@polytag/core';
import { unshielded } from './printable-streams.js';

/** Streams that are watched, and what went wrong with them first. */
const faults = new WeakMap<object, { error?: NodeJS.ErrnoException }>();

/**
 * Keeps the process alive when a stream refuses what is written to it: the reader has gone (`| head`), the disk that a
 * log goes to is full, the terminal was closed. What is written after that is lost; `outputEnded` tells it.
 */
export function watchOutput(stream: NodeJS.WritableStream): void {
  const target = unshielded(stream);
  if (faults.has(target)) return;
  const fault: { error?: NodeJS.ErrnoException } = {};
  faults.set(target, fault);
  target.on('error', (error: NodeJS.ErrnoException) => void (fault.error ??= error));
}

/** Whether nobody gets what is written to a watched stream: a listing need not go on. */
export const outputEnded = (stream: NodeJS.WritableStream): boolean => errorOf(stream) !== undefined;

/**
 * Why a watched stream refuses what is written to it; undefined while it does not, and where its reader has gone: that one
 * has what it wanted.
 */
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
