import { DataError, printable } from '@polytag/core';
import type { PlacedImage } from './image-list.js';

/** What an earlier run has to do with a photograph. */
export interface ResumedImage<Entry> extends PlacedImage {
  /** What is written of it: it is computed once more, to see that the same model gives the same. */
  readonly written?: Entry;
  /** Nothing is written of it, but something of later ones: it could not be used. It is read again to tell why. */
  readonly failedBefore?: boolean;
}

/** What an earlier run wrote, an entry a photograph that could be used. */
export interface WrittenEntries<Entry> {
  /** The next one; undefined at the end. */
  next(): Promise<Entry | undefined>;
  isOf(entry: Entry, image: PlacedImage): boolean;
  /** The error of an entry that is of no photograph, at its place in their order. */
  refuse(entry: Entry): Error;
}

/**
 * The photographs that are left to do. Those with an entry are left out, but for the last of them; those before it without
 * one come as `failedBefore`.
 *
 * @param onSkip told how many were left out
 * @throws what `refuse` gives, when the entries are not those of these photographs
 */
export async function* resumedImages<Entry>(
  images: AsyncIterable<PlacedImage>,
  { next, isOf, refuse }: WrittenEntries<Entry>,
  onSkip: (images: number) => void,
): AsyncGenerator<ResumedImage<Entry>> {
  let entry = await next();
  let failed: PlacedImage[] = [];
  for await (const image of images) {
    if (entry === undefined || image.error) yield image;
    else if (!isOf(entry, image)) failed.push(image);
    else {
      for (const one of failed) yield { ...one, failedBefore: true };
      failed = [];
      const own: Entry = entry;
      entry = await next();
      if (entry === undefined) yield { ...image, written: own };
      else onSkip(1);
    }
  }
  if (entry !== undefined) throw refuse(entry);
}

/** An image without an entry, although those after it have one, cannot be given one any more. */
export const usableNow = <Entry>({ failedBefore, path }: ResumedImage<Entry>): DataError | undefined =>
  failedBefore
    ? new DataError(
        'data/was-unusable',
        `${printable(path, 400)} could not be read before the interruption, but can be now: its line is missing from the file.`,
        { hint: 'To include it, start again without --resume.' },
      )
    : undefined;
