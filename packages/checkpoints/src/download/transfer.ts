import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError, PolytagError } from '@polytag/core';
import { brokenOff, pageError, statusError, unreachable } from './download-error.js';
import { rangeOf, sameVersion, validatorOf, versionOf } from './file-version.js';
import type { PartialFile } from './partial-file.js';

export interface TransferOptions {
  /** What errors tell a person to fetch, where `address` is a mirror's. */
  readonly published: string;
  readonly signal?: AbortSignal;
  /** Seconds without a byte after which a connection is given up, and the next begun. */
  readonly stallSeconds: number;
  /** Seconds to wait before each further attempt; an attempt that brought something does not count. */
  readonly retryAfter: readonly number[];
  /** Called after every piece. `total` is undefined where the server does not say it. */
  readonly onBytes: (received: number, total: number | undefined) => void;
}

/** Answers of a server that may be well in a moment. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What ended an attempt that the next may do better. */
class Interruption extends Error {
  constructor(
    message: string,
    options: {
      readonly cause?: unknown;
      /** What to say when it was the last attempt. */
      readonly error?: PolytagError;
      /** Seconds that the server asks to wait. */
      readonly wait?: number;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.error = options.error;
    this.wait = options.wait;
  }
  readonly error?: PolytagError;
  readonly wait?: number;
}

/** Attempts after the first at a server that does not answer: there may be no network at all. */
const ATTEMPTS_TO_CONNECT = 2;

const LONGEST_WAIT_SECONDS = 60;

/**
 * Fetches the rest of a file: from its first byte, or from where `partial` ends when the server still has the same
 * version and can send a part. Connections that break off or stall are resumed.
 *
 * @throws CheckpointError `download/not-found`, `download/refused`, `download/busy`, `download/status`,
 * `download/web-page`, `download/no-network`, `download/broken-off`; FileError `file/…` of the disk; InterruptedError
 */
export async function transfer(
  address: string,
  partial: PartialFile,
  options: TransferOptions,
): Promise<void> {
  const { published, retryAfter, signal } = options;
  let furthest = partial.size;
  let answered = false;
  for (let fruitless = 0; ;) {
    let interruption: Interruption;
    try {
      await fetchRest(address, partial, { ...options, onAnswer: () => (answered = true) });
      return;
    } catch (error) {
      if (signal?.aborted) throw stopped(published, partial.size);
      if (error instanceof PolytagError) throw error;
      interruption = error instanceof Interruption ? error : new Interruption('failed', { cause: error });
    }
    if (partial.size > furthest) {
      furthest = partial.size;
      fruitless = 0;
    }
    const attempts = answered ? retryAfter.length : Math.min(ATTEMPTS_TO_CONNECT, retryAfter.length);
    if (fruitless === attempts) {
      const { cause = interruption, error } = interruption;
      if (error) throw error;
      throw answered
        ? brokenOff(published, partial.target, partial.size, cause)
        : unreachable(published, partial.target, cause);
    }
    const seconds = Math.min(interruption.wait ?? retryAfter[fruitless], LONGEST_WAIT_SECONDS);
    fruitless++;
    await sleep(1000 * seconds, undefined, { signal }).catch(() => {
      throw stopped(published, partial.size);
    });
  }
}

function stopped(address: string, received: number): InterruptedError {
  return new InterruptedError('download/stopped', `Download of ${address} was stopped.`, {
    hint: `${received} bytes are kept: the next download resumes after them.`,
  });
}

/** One connection. It returns when the file is whole. */
async function fetchRest(
  address: string,
  partial: PartialFile,
  options: TransferOptions & { readonly onAnswer: () => void },
): Promise<void> {
  const { onBytes, stallSeconds } = options;
  const connection = new AbortController();
  const watch = setTimeout(
    () => connection.abort(new Interruption(`no data arrived for ${stallSeconds} s`)),
    1000 * stallSeconds,
  );
  const stop = () => connection.abort();
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    if (options.signal?.aborted) stop();
    const response = await ask(address, partial, connection.signal);
    options.onAnswer();
    const total = await settle(response, partial, options);
    if (total === partial.size) return;
    for await (const chunk of response.body ?? []) {
      watch.refresh();
      await partial.append(chunk as Uint8Array);
      onBytes(partial.size, total);
    }
    if (total !== undefined && partial.size !== total) {
      const got = partial.size;
      // More than there should be is not the beginning of the file.
      if (got > total) await partial.restart({});
      throw new Interruption(`got ${got} of ${total} bytes`);
    }
  } finally {
    clearTimeout(watch);
    options.signal?.removeEventListener('abort', stop);
    // A body that is not read to its end keeps the connection.
    connection.abort();
  }
}

async function ask(address: string, partial: PartialFile, signal: AbortSignal): Promise<Response> {
  const validator = validatorOf(partial.version);
  if (partial.size > 0 && validator === undefined) await partial.restart({});
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'polytag' };
  if (partial.size > 0 && validator !== undefined) {
    headers['range'] = `bytes=${partial.size}-`;
    headers['if-range'] = validator;
  }
  return fetch(address, { headers, signal });
}

/**
 * Makes `partial` end where the body of an answer begins.
 *
 * @returns bytes of the whole file, if the server says it
 */
async function settle(
  response: Response,
  partial: PartialFile,
  { published }: TransferOptions,
): Promise<number | undefined> {
  const { status, headers } = response;
  const version = versionOf(response);
  const range = rangeOf(headers);
  if (status === 206) {
    if (range?.start === partial.size && sameVersion(version, partial.version)) return range.size;
    await partial.restart({});
    throw new Interruption('the server sent a different part than requested');
  }
  if (status === 416) {
    if (range?.size === partial.size && sameVersion(version, partial.version)) return partial.size;
    await partial.restart({});
    throw new Interruption('the file on the server is now shorter');
  }
  if (!response.ok) {
    const error = statusError(response, published, partial.target);
    if (!PASSING.has(status)) throw error;
    const wait = Number(headers.get('retry-after'));
    throw new Interruption(error.message, { error, wait: wait > 0 ? wait : undefined });
  }
  if (/^text\/html\b/i.test(headers.get('content-type') ?? '')) throw pageError(published, partial.target);
  await partial.restart(version);
  return version.size;
}
