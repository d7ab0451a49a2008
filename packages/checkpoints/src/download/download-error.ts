import { CheckpointError, FileError, PolytagError } from '@polytag/core';
import { errnoOf } from '../files/fault.js';

/** What an answer that is no file means, and what to do about it. */
const STATUS: Readonly<Record<number, readonly [code: string, said: string, hint: string]>> = {
  401: ['download/refused', 'refuses the file', 'It wants a password: fetch the file yourself.'],
  403: [
    'download/refused',
    'refuses the file',
    'It may be private, or limited for today: fetch it yourself.',
  ],
  404: ['download/not-found', 'does not have the file', 'Check the address: the file may have moved.'],
  410: ['download/not-found', 'no longer has the file', 'Look for where it has moved.'],
  429: ['download/busy', 'is asked too often', 'Try again later.'],
};

/** How a person gets the file without a download by Polytag. */
export const byHand = (address: string, path: string): string =>
  `Fetch ${address} yourself and put it at ${path}, or name any file: --set model.weights=FILE`;

export function statusError(response: Response, address: string, path: string): CheckpointError {
  const [code, said, hint] = STATUS[response.status] ?? [
    'download/status',
    'does not give the file',
    'Try again later.',
  ];
  const status = `HTTP ${response.status}${response.statusText ? ` ${response.statusText}` : ''}`;
  return new CheckpointError(code, `${address}: the server ${said} (${status}).`, {
    hint: `${hint} ${byHand(address, path)}`,
  });
}

/** A page instead of the file: a question before the download, or the login of a network. */
export function pageError(address: string, path: string): CheckpointError {
  return new CheckpointError('download/web-page', `${address}: the server gives a web page, not the file.`, {
    hint: `It may ask a question first: open it in a browser. ${byHand(address, path)}`,
  });
}

export function unreachable(address: string, path: string, cause: unknown): CheckpointError {
  return new CheckpointError('download/no-network', `${address} cannot be reached: ${reasonOf(cause)}.`, {
    hint: `Check the network, or name a mirror by POLYTAG_MIRROR. ${byHand(address, path)}`,
    cause,
  });
}

export function brokenOff(address: string, path: string, received: number, cause: unknown): CheckpointError {
  const kept =
    received > 0 ? `The first ${received} bytes are kept: the next download goes on after them. ` : '';
  return new CheckpointError(
    'download/broken-off',
    `${address}: the connection broke off again and again: ${reasonOf(cause)}.`,
    { hint: kept + byHand(address, path), cause },
  );
}

export function checksumError(
  source: string,
  { expected, found, hint }: { readonly expected: string; readonly found: string; readonly hint: string },
): CheckpointError {
  return new CheckpointError(
    'download/checksum',
    `${source}: the SHA-256 is ${found}, not ${expected}${expected.length < 64 ? '…' : ''}.`,
    { hint },
  );
}

/** What the system said about the cache. */
export function diskFault(path: string, cause: unknown): Error {
  if (cause instanceof PolytagError) return cause;
  const code = errnoOf(cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new FileError(`file/${code ?? 'failed'}`, `Could not write ${path}: ${reason}`, {
    hint: full
      ? 'The disk is full: free some space, or name a folder on another disk by POLYTAG_CACHE. What is fetched is kept.'
      : 'Name a folder that you may write to by POLYTAG_CACHE.',
    cause,
  });
}

/** The innermost cause says what happened: `fetch failed` is all that the outer one says. */
function reasonOf(error: unknown): string {
  const { message, code, cause, errors } = error as {
    readonly message?: string;
    readonly code?: string;
    readonly cause?: unknown;
    readonly errors?: readonly unknown[];
  };
  const inner = cause ?? errors?.[0];
  return inner === undefined ? ((message || code) ?? String(error)) : reasonOf(inner);
}
