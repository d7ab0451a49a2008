import { setImmediate } from 'node:timers/promises';
import { InterruptedError } from '@polytag/core';
import { intoWindow, type Alignment } from './alignment.js';
import { DisjointSets } from './disjoint-sets.js';
import type { Fingerprint } from './fingerprint.js';
import { HashIndex } from './hash-index.js';
import { likeness } from './likeness.js';
import { HASH_WINDOWS } from './perceptual-hash.js';

/** Two images with the same content. */
export interface DuplicatePair {
  /** Indices of the two images, the smaller first. */
  readonly first: number;
  readonly second: number;
  /**
   * `exact`: files with the same bytes. `near`: the same picture in another size or compression, or slightly cropped.
   */
  readonly kind: 'exact' | 'near';
  /** Correlation of the image details, 1 for exact copies. */
  readonly similarity: number;
}

export interface Duplicates {
  /** For each image, the index of the first image with the same content; its own if there is none. */
  readonly group: Int32Array;
  /** Pairs that connect the groups, by their first images: n images with the same content have n - 1 pairs. */
  readonly pairs: readonly DuplicatePair[];
}

export interface FindDuplicatesOptions {
  /**
   * The least similarity of near duplicates. Default 0.93: copies of photographs have 0.95 or more, photographs of one
   * scene taken after each other less than 0.9.
   */
  readonly similarity?: number;
  readonly signal?: AbortSignal;
  /** Called with the images done. */
  readonly report?: (done: number) => void;
}

/** Images after which others on this thread get a turn: signals among them. */
const TURN = 64;
/** Bits of a hash in which a copy may differ. */
const RADIUS = 11;
/** Of the candidates of one image that many are compared, the nearest by hash. */
const MOST_CANDIDATES = 64;
/** The least agreement of the part of a picture in which two copies differ most; see `Likeness`. */
const LEAST_PART = 0.5;
/** The most by which the colours of copies differ on average, of 255. */
const MOST_COLOUR = 12;

/**
 * Groups images with the same content (docs/method.md#near-duplicates). Two images are candidates if the perceptual
 * hash of one is within 11 bits of that of a window of the other; their thumbnails are then aligned and compared. If
 * two images match a third, all three are in one group.
 *
 * @param fingerprints undefined for unreadable images, which stay alone
 * @throws InterruptedError `data/interrupted`
 */
export async function findDuplicates(
  fingerprints: readonly (Fingerprint | undefined)[],
  { similarity: least = 0.93, signal, report }: FindDuplicatesOptions = {},
): Promise<Duplicates> {
  const groups = new DisjointSets(fingerprints.length);
  const pairs: DuplicatePair[] = [];
  const different = firstOfContent(fingerprints, (first, second) => {
    groups.join(first, second);
    pairs.push({ first, second, kind: 'exact', similarity: 1 });
  });
  const prints = different.map((index) => fingerprints[index]!);
  const candidates = new Candidates(prints);
  for (let i = 0; i < prints.length; i++) {
    for (const { index: j, start } of candidates.of(i)) {
      const [first, second] = [different[i], different[j]].sort((a, b) => a - b);
      // Of a series of copies each is compared with one that is there.
      if (groups.first(first) === groups.first(second)) continue;
      const found = likeness(prints[i], prints[j], start);
      if (!found || found.detail < least || found.worstPart < LEAST_PART || found.colour > MOST_COLOUR)
        continue;
      groups.join(first, second);
      pairs.push({ first, second, kind: 'near', similarity: Math.min(1, found.detail) });
    }
    if (i % TURN > 0) continue;
    await setImmediate();
    if (signal?.aborted) throw new InterruptedError('data/interrupted', 'Comparing the images was stopped.');
    report?.(different[i]);
  }
  report?.(fingerprints.length);
  return {
    group: groups.firsts(),
    pairs: pairs.sort((a, b) => a.first - b.first || a.second - b.second),
  };
}

/** The first image of each content, in order; `onCopy` gets it with each copy. */
function firstOfContent(
  fingerprints: readonly (Fingerprint | undefined)[],
  onCopy: (first: number, copy: number) => void,
): number[] {
  const firsts = new Map<string, number>();
  fingerprints.forEach((fingerprint, i) => {
    if (!fingerprint) return;
    const first = firsts.get(fingerprint.content);
    if (first === undefined) firsts.set(fingerprint.content, i);
    else onCopy(first, i);
  });
  return [...firsts.values()];
}

interface Candidate {
  readonly index: number;
  readonly distance: number;
  /** From the image that it is a candidate of, into it. */
  readonly start: Alignment;
}

/** Images whose hashes are near. */
class Candidates {
  readonly #prints: readonly Fingerprint[];
  readonly #whole: HashIndex;

  constructor(prints: readonly Fingerprint[]) {
    this.#prints = prints;
    const hashes = new Int32Array(2 * prints.length);
    prints.forEach((print, i) => hashes.set(print.hashes.subarray(0, 2), 2 * i));
    this.#whole = new HashIndex(hashes, RADIUS);
  }

  /** Those that may show a window of image i, the nearest first. Where i may show a window of j, i is one of j's. */
  of(i: number): readonly Candidate[] {
    const { hashes } = this.#prints[i];
    const nearest = new Map<number, { readonly distance: number; readonly window: number }>();
    for (let window = 0; window < HASH_WINDOWS.length; window++) {
      this.#whole.near(hashes[2 * window], hashes[2 * window + 1], (index, distance) => {
        if (index === i || distance >= (nearest.get(index)?.distance ?? Infinity)) return;
        nearest.set(index, { distance, window });
      });
    }
    return [...nearest]
      .map(([index, { distance, window }]) => ({
        index,
        distance,
        start: intoWindow(HASH_WINDOWS[window]),
      }))
      .sort((a, b) => a.distance - b.distance || a.index - b.index)
      .slice(0, MOST_CANDIDATES);
  }
}
