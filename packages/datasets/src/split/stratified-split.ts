import { RandomStream, UsageError } from '@polytag/core';
import { RarestFirst } from './rarest-first.js';
import { splitItems, type SplitImage, type SplitItem, type SplitItems } from './split-items.js';

export interface StratifiedSplitOptions {
  readonly seed: number;
  /** K, labels of the vocabulary. */
  readonly labelCount: number;
  /**
   * The group of each image: images of one group go to one part. Images without a group (`undefined`) stand alone.
   * Default: all do.
   */
  readonly groups?: readonly (string | number | undefined)[];
}

/**
 * Divides images into parts that have labels, pairs of labels and images in the wanted shares
 * (docs/method.md#stratified-split): second-order iterative stratification, then moves of single items as long as they
 * bring the counts closer to the wanted ones. Unknown labels count as absent.
 *
 * The result depends on the names and labels of the images, the groups, the shares and the seed, not on the order of the
 * images.
 *
 * @param shares of the parts, of any sum: `[0.8, 0.2]`, or `[1, 1, 1, 1, 1]` for five folds
 * @returns the part of each image, 0 … shares − 1. A part can be empty where its share is less than an item
 * @throws UsageError `usage/split-shares` of a share that is not above 0
 */
export function stratifiedSplit(
  images: readonly SplitImage[],
  shares: readonly number[],
  { seed, labelCount, groups }: StratifiedSplitOptions,
): Uint32Array {
  if (shares.length === 0 || !shares.every((share) => share > 0 && Number.isFinite(share))) {
    throw new UsageError(
      'usage/split-shares',
      `The fractions of a split must be above 0 (got ${shares.join(', ')}).`,
    );
  }
  const random = new RandomStream(seed, 'split');
  const data = splitItems(images, labelCount, groups);
  const items = [...random.permutation(data.items.length)].map((i) => data.items[i]);
  const split = new PartialSplit({ items, totals: data.totals }, shares);
  stratify(split, random);
  improve(split, labelCount, random);
  const parts = new Uint32Array(images.length);
  items.forEach((item, i) => item.images.forEach((index) => (parts[index] = split.partOf[i])));
  return parts;
}

/** No part yet. */
const NOWHERE = -1;

/** Which item is in which part, and what each part still wants. */
class PartialSplit {
  readonly items: readonly SplitItem[];
  readonly totals: Uint32Array;
  readonly partOf: Int32Array;
  /** Images that each part wants beyond those that it has. */
  readonly wantedImages: Float64Array;
  /** The same of each feature f and part: at f · parts + part. */
  readonly wanted: Float64Array;
  readonly partCount: number;

  constructor({ items, totals }: SplitItems, shares: readonly number[]) {
    const sum = shares.reduce((a, b) => a + b, 0);
    const size = items.reduce((count, { images }) => count + images.length, 0);
    this.items = items;
    this.totals = totals;
    this.partOf = new Int32Array(items.length).fill(NOWHERE);
    this.wantedImages = Float64Array.from(shares, (share) => (share / sum) * size);
    this.partCount = shares.length;
    this.wanted = new Float64Array(totals.length * shares.length);
    totals.forEach((total, feature) =>
      shares.forEach((share, part) => (this.wanted[feature * shares.length + part] = (share / sum) * total)),
    );
  }

  put(i: number, part: number): void {
    if (this.partOf[i] !== NOWHERE) this.#take(i, this.partOf[i], 1);
    this.#take(i, part, -1);
    this.partOf[i] = part;
  }

  #take(i: number, part: number, sign: number): void {
    const { images, features, counts } = this.items[i];
    this.wantedImages[part] += sign * images.length;
    for (let at = 0; at < features.length; at++)
      this.wanted[features[at] * this.partCount + part] += sign * counts[at];
  }
}

/**
 * Iterative stratification (Sechidis et al., 2011), of second order (Szymanski and Kajdanowicz, 2017): the items of the
 * rarest label or pair of labels go, one by one, to the part that wants most of it; of equal parts to the one that wants
 * most images, then to any.
 */
function stratify(split: PartialSplit, random: RandomStream): void {
  const { items, partOf, wanted, partCount, wantedImages, totals } = split;
  const parts = Array.from({ length: partCount }, (_, part) => part);
  const having: number[][] = Array.from(totals, () => []);
  items.forEach(({ features }, i) => features.forEach((feature) => having[feature].push(i)));
  const left = new RarestFirst(totals, random.permutation(totals.length));
  for (let rarest = left.rarest(); rarest !== undefined; rarest = left.rarest()) {
    for (const i of having[rarest]) {
      if (partOf[i] !== NOWHERE) continue;
      const most = largest(parts, (part) => wanted[rarest! * partCount + part]);
      split.put(
        i,
        any(
          largest(most, (part) => wantedImages[part]),
          random,
        ),
      );
      const { features, counts } = items[i];
      features.forEach((feature, at) => {
        for (let n = 0; n < counts[at]; n++) left.lower(feature);
      });
    }
  }
  for (const i of items.keys()) {
    if (partOf[i] === NOWHERE)
      split.put(
        i,
        any(
          largest(parts, (part) => wantedImages[part]),
          random,
        ),
      );
  }
}

/** Wanted counts are shares of whole numbers: what is nearer than this differs in rounding alone. */
const EQUAL = 1e-9;

function largest(parts: readonly number[], valueOf: (part: number) => number): readonly number[] {
  const most = Math.max(...parts.map(valueOf));
  return parts.filter((part) => valueOf(part) >= most - EQUAL);
}

function any(parts: readonly number[], random: RandomStream): number {
  return parts.length === 1 ? parts[0] : parts[random.integer(parts.length)];
}

/** How much the count of a pair of labels matters beside that of a label, or of images. */
const PAIR_WEIGHT = 0.2;
/** Few moves are left after some passes over all items. */
const MOST_PASSES = 20;

/**
 * Moves single items to other parts while that lessens the sum of squared differences between the counts that parts have
 * and those that they want, of images, labels and pairs: sum over parts and features f of weight(f) · wanted(f)². Moving
 * counts v from part a to part b changes it by sum over f of 2 · weight(f) · v · (v + wanted_a(f) − wanted_b(f)).
 */
function improve(split: PartialSplit, labelCount: number, random: RandomStream): void {
  const { items, partOf, wanted, partCount, wantedImages } = split;
  const changes = new Float64Array(partCount);
  /** Half the change of the sum, for each part that the item may move to. */
  const weigh = (i: number) => {
    const { images, features, counts } = items[i];
    const from = partOf[i];
    for (let to = 0; to < partCount; to++)
      changes[to] = images.length * (images.length + wantedImages[from] - wantedImages[to]);
    for (let at = 0; at < features.length; at++) {
      const start = features[at] * partCount;
      const weight = (features[at] < labelCount ? 1 : PAIR_WEIGHT) * counts[at];
      const gained = counts[at] + wanted[start + from];
      for (let to = 0; to < partCount; to++) changes[to] += weight * (gained - wanted[start + to]);
    }
    changes[from] = 0;
  };
  for (let pass = 0, moved = true; moved && pass < MOST_PASSES; pass++) {
    moved = false;
    for (const i of random.permutation(items.length)) {
      weigh(i);
      let [best, least] = [partOf[i], -EQUAL];
      for (let part = 0; part < partCount; part++) {
        if (changes[part] < least) [best, least] = [part, changes[part]];
      }
      if (best === partOf[i]) continue;
      split.put(i, best);
      moved = true;
    }
  }
}
