import { availableParallelism } from 'node:os';
import { InterruptedError } from '@polytag/core';
import { Piscina } from 'piscina';
import type { LabelledImage } from '../dataset/labelled-dataset.js';
import type { DecodeOptions } from '../images/decode-image.js';
import { errorOf, type BadImage } from '../loader/bad-image.js';
import { readAhead } from '../loader/read-ahead.js';
import { canStartThreads, threadArguments } from '../loader/pool-threads.js';
import examine, { type Examined, type ExaminedImage, type ExamineRequest } from './examine-worker.js';
import { largeImageLock } from '../images/large-image-lock.js';

export interface ExamineOptions extends DecodeOptions {
  /** Number of decoding threads. Default: one per core, which is the maximum; see `LoaderOptions`. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Called with the number of images done. */
  readonly report?: (done: number) => void;
}

export interface ExaminedImages {
  /** In the order of the images; undefined for unusable ones. */
  readonly found: readonly (ExaminedImage | undefined)[];
  /** Unusable images, in their order. */
  readonly bad: readonly BadImage[];
}

/** Images of one piece of work; two threads have two each. */
const TOGETHER = 16;

/**
 * Decodes every image and returns facts about its file and its fingerprint. Unusable images are skipped.
 *
 * @throws InterruptedError `data/interrupted`
 */
export async function examineImages(
  images: readonly LabelledImage[],
  { workers = availableParallelism(), maxPixels, signal, report }: ExamineOptions = {},
): Promise<ExaminedImages> {
  const pool = examiningPool(workers);
  const found: (ExaminedImage | undefined)[] = [];
  const bad: BadImage[] = [];
  const piece = (n: number) => {
    const some = images.slice(n * TOGETHER, (n + 1) * TOGETHER);
    return pool.examine({ paths: some.map(({ path }) => path), maxPixels });
  };
  const pieces = Math.ceil(images.length / TOGETHER);
  try {
    for await (const examined of readAhead(piece, 0, pieces, 2 * Math.max(1, pool.threads))) {
      if (signal?.aborted)
        throw new InterruptedError('data/interrupted', 'Inspecting the images was stopped.');
      for (const one of examined) {
        const isBad = 'refusal' in one;
        const index = found.length;
        if (isBad) bad.push({ index, name: images[index].name, error: errorOf(one.refusal) });
        found.push(isBad ? undefined : one);
      }
      report?.(found.length);
    }
  } finally {
    await pool.close();
  }
  return { found, bad };
}

function examiningPool(workers: number): {
  readonly threads: number;
  examine(request: ExamineRequest): Promise<Examined[]>;
  close(): Promise<void>;
} {
  if (workers === 0 || !canStartThreads(import.meta.url))
    return { threads: 0, examine, close: async () => {} };
  const threads = Math.min(workers, availableParallelism());
  const pool = new Piscina<ExamineRequest, Examined[]>({
    workerData: largeImageLock(),
    filename: new URL('./examine-worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    execArgv: threadArguments(),
  });
  return { threads, examine: (request) => pool.run(request), close: () => pool.close() };
}
