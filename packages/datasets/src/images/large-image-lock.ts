import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often a thread looks whether it is its turn, ms: little beside the decoding of a large image. */
const LOOK = 5;

let flag: Int32Array | undefined;
let collect: (() => void) | undefined;

/** Memory that decoding threads share, for {@link useLargeImageLock} in each. */
export const largeImageLock = (): SharedArrayBuffer => new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);

/**
 * From now on this thread decodes a large image only while no other thread with the same memory does.
 *
 * @param shared undefined on a thread that decodes alone: nothing changes
 */
export function useLargeImageLock(shared: SharedArrayBuffer | undefined): void {
  if (shared) flag = new Int32Array(shared);
}

/**
 * Does a job with a large image while this thread alone decodes one, and frees its pixels: each thread has a budget of its
 * own, and what one has not collected yet another would come on top of.
 *
 * @throws what the job throws
 */
export async function withLargeImageLock<Result>(job: () => Promise<Result>): Promise<Result> {
  const held = flag;
  if (!held) return job();
  while (Atomics.compareExchange(held, 0, 0, 1) !== 0) await delay(LOOK);
  try {
    return await job();
  } finally {
    collectGarbage();
    Atomics.store(held, 0, 0);
  }
}

/** Node gives the collector to programs that were started with a flag, and to those that set it. */
function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
