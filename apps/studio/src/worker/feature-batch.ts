import { contentDigest } from '@polytag/datasets';
import { prepareImage } from '@polytag/datasets/images';
import { InferenceNetwork } from '@polytag/layers';
import type { MultiLabelModel } from '@polytag/model';
import { featureMapsOf } from '@polytag/training';
import { photoBytes } from './photo-bytes.ts';
import type { PhotoSource } from './protocol.ts';

/** What the backbone makes of a photograph, or why it cannot be used. */
export type FeatureResult =
  | {
      /** SHA-256 of the file, by which the map is kept. */
      readonly key: string;
      readonly digest: number;
      /** Undefined where it is known already. */
      readonly map?: Float32Array<ArrayBuffer>;
    }
  | { readonly failure: string };

/** Computes feature maps of batches, one after another; the next one is decoded meanwhile. */
export class FeatureLane {
  readonly #model: MultiLabelModel;
  readonly #isKnown: (key: string) => boolean;
  readonly #backbone: InferenceNetwork;
  #last: Promise<unknown> = Promise.resolve();

  /** @param isKnown whether the map of a file is kept, and need not be computed */
  constructor(model: MultiLabelModel, isKnown: (key: string) => boolean) {
    this.#model = model;
    this.#isKnown = isKnown;
    this.#backbone = new InferenceNetwork(model.headInputs);
  }

  run(sources: readonly PhotoSource[]): Promise<readonly FeatureResult[]> {
    const decoding = Promise.allSettled(sources.map((source) => this.#decoded(source)));
    const result = this.#last.then(async () => this.#maps(await decoding));
    this.#last = result.catch(() => undefined);
    return result;
  }

  dispose(): void {
    this.#backbone.dispose();
  }

  async #maps(decoded: PromiseSettledResult<Decoded>[]): Promise<readonly FeatureResult[]> {
    const missing = decoded.flatMap((one) =>
      one.status === 'fulfilled' && one.value.pixels ? [one.value.pixels] : [],
    );
    const stride = missing[0]?.length ?? 0;
    const joined = new Float32Array(missing.length * stride);
    missing.forEach((pixels, i) => joined.set(pixels, i * stride));
    const maps = missing.length > 0 ? await featureMapsOf(this.#backbone, joined, this.#model) : [];
    let next = 0;
    return decoded.map((one) => {
      if (one.status === 'rejected') return { failure: messageOf(one.reason) };
      const { key, digest, pixels } = one.value;
      return { key, digest, map: pixels && (maps[next++] as Float32Array<ArrayBuffer>) };
    });
  }

  async #decoded(source: PhotoSource): Promise<Decoded> {
    const bytes = await photoBytes(source);
    const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
    const key = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const digest = await contentDigest(bytes.length, bytes);
    const pixels = this.#isKnown(key) ? undefined : await prepareImage(bytes, this.#model.preprocessing);
    return { key, digest, pixels };
  }
}

interface Decoded {
  readonly key: string;
  readonly digest: number;
  readonly pixels?: Float32Array;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
