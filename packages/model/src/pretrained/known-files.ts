import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { publishedWeights, type PublishedWeights } from '@polytag/backbones/presets';
import { HALF, type PaddingRule, type PixelNormalisation } from '@polytag/core';

/** How the weights in a file were trained, if the file itself does not say so. */
export interface KnownWeights {
  readonly origin: string;
  /** Layout of the keys: the backbone's option, if it has one. */
  readonly layout?: string;
  readonly padding: PaddingRule;
  readonly epsilon: number;
  readonly normalisation: PixelNormalisation;
}

/** Files that go round without an address of their own, by SHA-256. */
const OTHERS: ReadonlyMap<string, KnownWeights> = new Map([
  [
    'c0c0fd6b53189d55cb46a597266d081f9b9e7df159ac66c7955adb96ba16d3a0',
    {
      origin: 'MobileNetV3-Small of Keras (ImageNet), with the key names of torchvision',
      layout: 'torchvision',
      padding: 'same',
      epsilon: 1e-3,
      normalisation: HALF,
    },
  ],
]);

/**
 * Identifies a local file as published weights by its checksum; undefined for any other file.
 *
 * @param published rows to search. Default: all
 * @param others files without a row, by SHA-256. Default: all known ones
 */
export async function knownWeights(
  path: string,
  published: readonly PublishedWeights[] = publishedWeights,
  others = OTHERS,
): Promise<KnownWeights | undefined> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Uint8Array);
  const sha256 = hash.digest('hex');
  const row = published.find((one) => one.sha256 !== undefined && sha256.startsWith(one.sha256));
  return row ? ofRow(row) : others.get(sha256);
}

/** Identifies a URL as published weights; undefined for any other URL. */
export function knownAddress(
  address: string,
  published: readonly PublishedWeights[] = publishedWeights,
): KnownWeights | undefined {
  const row = published.find((one) => one.address === address);
  return row && ofRow(row);
}

function ofRow({ backbone, name, layout, padding, epsilon, normalisation }: PublishedWeights): KnownWeights {
  return { origin: `${name} of ${backbone}`, layout, padding, epsilon, normalisation };
}
