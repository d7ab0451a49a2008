import { modelFromFiles } from '@polytag/model';
import { startWasm } from './engine.ts';
import { FeatureLane, type FeatureResult } from './feature-batch.ts';
import type { PhotoSource } from './protocol.ts';

/** What a worker that only computes features is sent: the model first, then batches. */
export type FeaturesRequest =
  | {
      readonly kind: 'features-model';
      readonly files: ReadonlyMap<string, Uint8Array>;
      /** Keys of the files whose maps are kept already. */
      readonly known: readonly string[];
    }
  | { readonly kind: 'features'; readonly id: number; readonly sources: readonly PhotoSource[] };

export interface FeaturesAnswer {
  readonly id: number;
  readonly results?: readonly FeatureResult[];
  readonly failure?: string;
}

let lane: Promise<FeatureLane> | undefined;

async function open(files: ReadonlyMap<string, Uint8Array>, known: readonly string[]): Promise<FeatureLane> {
  await startWasm();
  const keys = new Set(known);
  return new FeatureLane(await modelFromFiles(files, 'model', {}), (key) => keys.has(key));
}

/** Does what a worker of features is asked for; what it finds is posted. */
export async function answerFeatures(request: FeaturesRequest): Promise<void> {
  if (request.kind === 'features-model') {
    lane = open(request.files, request.known);
    // Batches report it.
    lane.catch(() => undefined);
    return;
  }
  const { id, sources } = request;
  try {
    const results = await (await lane!).run(sources);
    const transfer = results.flatMap((result) => ('map' in result && result.map ? [result.map.buffer] : []));
    self.postMessage({ id, results } satisfies FeaturesAnswer, { transfer });
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    self.postMessage({ id, failure } satisfies FeaturesAnswer);
  }
}
