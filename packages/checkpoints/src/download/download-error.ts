import { CheckpointError, FileError, PolytagError } from '@polytag/core';
import { errnoOf } from '../files/fault.js';

/** What an answer that is no file means, and what to do about it. */
const STATUS: Readonly<Record<number, readonly [code: string, said: string, hint: string]>> = {
  401: ['download/refused', 'denied access', 'It requires a password: download the file yourself.'],
  403: [
    'download/refused',
    'denied access',
    'The file may be private, or the download limit reached: download it yourself.',
  ],
  404: ['download/not-found', 'does not have the file', 'Check the address: the file may have moved.'],
  410: ['download/not-found', 'no longer has the file', 'Look for its new URL.'],
  429: ['download/busy', 'received too many requests', 'Try again later.'],
};

/** How a person gets the file without a download by Polytag. */
export const byHand = (address: string, path: string): string =>
  `Download ${address} yourself and save it as ${path}, or use any file: --set model.weights=FILE`;

export function statusError(response: Response, address: string, path: string): CheckpointError {
  const [code, said, hint] = STATUS[response.status] ?? [
    'download/status',
    'did not send the file',
    'Try again later.',
  ];
  const status = `HTTP ${response.status}${response.statusText ? ` ${response.statusText}` : ''}`;
  return new CheckpointError(code, `${address}: the server ${said} (${status}).`, {
    hint: `${hint} ${byHand(address, path)}`,
  });
}

/** A page instead of the file: a question before the download, or the login of a network. */
export function pageError(address: string, path: string): CheckpointError {
  return new CheckpointError(
    'download/web-page',
    `${address}: the server sent a web page instead of the file.`,
    {
      hint: `It may ask for confirmation: open it in a browser. ${byHand(address, path)}`,
    },
  );
}

export function unreachable(address: string, path: string, cause: unknown): CheckpointError {
  return new CheckpointError('download/no-network', `${address} cannot be reached: ${reasonOf(cause)}.`, {
    hint: `Check the network, or set a mirror with POLYTAG_MIRROR. ${byHand(address, path)}`,
    cause,
  });
}

export function brokenOff(address: string, path: string, received: number, cause: unknown): CheckpointError {
  const kept =
    received > 0 ? `The first ${received} bytes are kept: the next download resumes after them. ` : '';
  return new CheckpointError(
    'download/broken-off',
    `${address}: the connection was lost repeatedly: ${reasonOf(cause)}.`,
    { hint: kept + byHand(address, path), cause },
  );
}

export function checksumError(
  source: string,
  { expected, found, hint }: { readonly expected: string; readonly found: string; readonly hint: string },
): CheckpointError {
  return new CheckpointError(
    'download/checksum',
    `${source}: the SHA-256 is ${found}, expected ${expected}${expected.length < 64 ? '…' : ''}.`,
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
      ? 'The disk is full: free some space, or set POLYTAG_CACHE to a folder on another disk. Everything downloaded so far is kept.'
      : 'Set POLYTAG_CACHE to a folder that you can write to.',
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
