import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often a thread looks whether it is its turn, ms: little beside the decoding of a large image. */
const LOOK = 5;

/** Places in the shared memory: middling images that are decoded now, or LARGE; and large ones that wait. */
const AT_WORK = 0;
const WAITING = 1;
const LARGE = -1;

let shared: Int32Array | undefined;
let collect: (() => void) | undefined;

/** Memory that decoding threads share, for {@link useLargeImageLock} in each. */
export const largeImageLock = (): SharedArrayBuffer =>
  new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);

/**
 * From now on this thread decodes a large image only while no other thread with the same memory decodes a large or middling
 * one, and a middling one only while none decodes a large one.
 *
 * @param memory undefined on a thread that decodes alone: nothing changes
 */
export function useLargeImageLock(memory: SharedArrayBuffer | undefined): void {
  if (memory) shared = new Int32Array(memory);
}

/**
 * Does a job with a large image while no other thread decodes one that is not small, and frees its pixels: each thread has a
 * budget of its own, and what others hold or have not collected yet would come on top of it.
 *
 * @throws what the job throws
 */
export async function withLargeImageLock<Result>(job: () => Promise<Result>): Promise<Result> {
  const held = shared;
  if (!held) return job();
  Atomics.add(held, WAITING, 1);
  while (Atomics.compareExchange(held, AT_WORK, 0, LARGE) !== 0) await delay(LOOK);
  Atomics.sub(held, WAITING, 1);
  try {
    return await job();
  } finally {
    collectGarbage();
    // What was allocated outside of the heap, as pixels are, is freed in the turn after its owner was collected.
    await immediate();
    Atomics.store(held, AT_WORK, 0);
  }
}

/**
 * Does a job with a middling image, beside others of its kind, while no thread decodes a large one or waits for its turn to.
 *
 * @throws what the job throws
 */
export async function withoutLargeImages<Result>(job: () => Promise<Result>): Promise<Result> {
  const held = shared;
  if (!held) return job();
  while (!joined(held)) await delay(LOOK);
  try {
    return await job();
  } finally {
    Atomics.sub(held, AT_WORK, 1);
  }
}

function joined(held: Int32Array): boolean {
  if (Atomics.load(held, WAITING) > 0) return false;
  const before = Atomics.load(held, AT_WORK);
  return before !== LARGE && Atomics.compareExchange(held, AT_WORK, before, before + 1) === before;
}

/** Node gives the collector to programs that were started with a flag, and to those that set it. */
function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
