import { InterruptedError } from '@polytag/core';
import { filesOfModel, type MultiLabelModel } from '@polytag/model';
import { FeatureLane, type FeatureResult } from './feature-batch.ts';
import type { FeaturesAnswer, FeaturesRequest } from './features-worker.ts';
import type { CallContext, PhotoSource } from './protocol.ts';

export interface FeatureImage {
  readonly name: string;
  readonly source: PhotoSource;
}

/** What a backbone makes of photographs. */
export interface Features {
  /** By the name of the image. */
  readonly maps: ReadonlyMap<string, Float32Array>;
  /** Content digests, by the name of the image. */
  readonly digests: ReadonlyMap<string, number>;
  readonly bad: readonly { readonly name: string; readonly message: string }[];
  /** Maps that were computed now; others were kept. */
  readonly computed: number;
  readonly seconds: number;
  /** Workers that took part. */
  readonly workers: number;
}

/** Feature maps of one backbone, by the SHA-256 of the file. They stay while that model is open. */
let cache: { readonly of: MultiLabelModel; readonly maps: Map<string, Float32Array> } | undefined;

/** Pixels that the backbone is given at once: 8 images of 224 x 224. */
const PIXELS = 8 * 224 ** 2;
/** Each worker has a memory of its own, so that more do not pay on small machines. */
const MOST_WORKERS = 4;
/** A worker takes about half a second to start. */
const FEWEST_IMAGES = 64;

/** The backbone of a model is also that of another one: its maps are kept. */
export function keepFeatures(of: MultiLabelModel, model: MultiLabelModel): void {
  if (cache?.of === of) cache = { of: model, maps: cache.maps };
}

interface Lane {
  run(sources: readonly PhotoSource[]): Promise<readonly FeatureResult[]>;
  dispose(): void;
}

/**
 * Runs the backbone of a model over photographs, in as many workers as the processor has cores, at most four.
 *
 * @throws InterruptedError `training/interrupted`
 */
export async function computeFeatures(
  model: MultiLabelModel,
  images: readonly FeatureImage[],
  { report, signal }: CallContext,
): Promise<Features> {
  if (cache?.of !== model) cache = { of: model, maps: new Map() };
  const kept = cache.maps;
  const { height, width } = model.preprocessing;
  const size = Math.max(1, Math.floor(PIXELS / height / width));
  const waiting: (readonly FeatureImage[])[] = [];
  for (let from = 0; from < images.length; from += size) waiting.push(images.slice(from, from + size));
  const found = new Map<string, FeatureResult>();
  const start = performance.now();
  let computed = 0;
  const record = (batch: readonly FeatureImage[], results: readonly FeatureResult[]) => {
    results.forEach((result, i) => {
      found.set(batch[i].name, result);
      if (!('map' in result) || !result.map) return;
      kept.set(result.key, result.map);
      computed++;
    });
    const [done, total] = [found.size, images.length];
    const secondsLeft = ((performance.now() - start) / 1000 / done) * (total - done);
    report({ kind: 'images', done, total, secondsLeft });
  };
  /** Two batches are on their way, so that one is decoded while the other is computed. */
  const drain = async (lane: Lane) => {
    const running: { batch: readonly FeatureImage[]; results: Promise<readonly FeatureResult[]> }[] = [];
    try {
      for (;;) {
        if (signal.aborted) throw new InterruptedError('training/interrupted', 'Stopped.');
        while (running.length < 2 && waiting.length > 0) {
          const batch = waiting.shift()!;
          const results = lane.run(batch.map(({ source }) => source));
          results.catch(() => undefined);
          running.push({ batch, results });
        }
        const first = running[0];
        if (!first) return;
        record(first.batch, await first.results);
        running.shift();
      }
    } catch (error) {
      // What a lane leaves is for the others.
      waiting.unshift(...running.map(({ batch }) => batch));
      throw error;
    }
  };
  const own = new FeatureLane(model, (key) => kept.has(key));
  const others = await helpers(model, images.length - kept.size, [...kept.keys()]);
  try {
    // A worker that fails, for want of memory perhaps, leaves its share to this one.
    const helped = others.map((lane) => drain(lane).catch(() => undefined));
    await drain(own);
    await Promise.all(helped);
    await drain(own);
  } finally {
    for (const lane of [own, ...others]) lane.dispose();
  }
  return {
    ...sorted(images, found, kept),
    computed,
    seconds: (performance.now() - start) / 1000,
    workers: 1 + others.length,
  };
}

function sorted(
  images: readonly FeatureImage[],
  found: ReadonlyMap<string, FeatureResult>,
  kept: ReadonlyMap<string, Float32Array>,
): Pick<Features, 'maps' | 'digests' | 'bad'> {
  const maps = new Map<string, Float32Array>();
  const digests = new Map<string, number>();
  const bad: { name: string; message: string }[] = [];
  for (const { name } of images) {
    const result = found.get(name)!;
    if ('failure' in result) bad.push({ name, message: result.failure });
    else {
      maps.set(name, kept.get(result.key)!);
      digests.set(name, result.digest);
    }
  }
  return { maps, digests, bad };
}

async function helpers(model: MultiLabelModel, missing: number, known: readonly string[]): Promise<Lane[]> {
  const count = Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1) - 1;
  if (count < 1 || missing < FEWEST_IMAGES) return [];
  const files = new Map(
    Object.entries(await filesOfModel(model)).map(([name, content]) => [
      name,
      typeof content === 'string' ? new TextEncoder().encode(content) : content,
    ]),
  );
  return Array.from({ length: count }, () => new WorkerLane({ kind: 'features-model', files, known }));
}

/** A lane in a worker of its own, which runs the script of this worker. */
class WorkerLane implements Lane {
  readonly #worker = new Worker(self.location.href, { type: 'module' });
  readonly #waiting = new Map<
    number,
    { resolve(results: readonly FeatureResult[]): void; reject(error: Error): void }
  >();
  #next = 0;

  constructor(model: FeaturesRequest) {
    this.#worker.onmessage = ({ data: { id, results, failure } }: MessageEvent<FeaturesAnswer>) => {
      const call = this.#waiting.get(id)!;
      this.#waiting.delete(id);
      if (results) call.resolve(results);
      else call.reject(new Error(failure));
    };
    this.#worker.onerror = ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(message));
      this.#waiting.clear();
    };
    this.#worker.postMessage(model);
  }

  run(sources: readonly PhotoSource[]): Promise<readonly FeatureResult[]> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ kind: 'features', id, sources } satisfies FeaturesRequest);
    });
  }

  dispose(): void {
    this.#worker.terminate();
  }
}
