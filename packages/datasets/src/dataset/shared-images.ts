import { resolve } from 'node:path';
import { contentLooks, lookAt } from './file-content.js';
import type { LabelledImage } from './labelled-dataset.js';

/** A photograph that is in two data sets. */
export interface SharedImage {
  readonly first: LabelledImage;
  readonly second: LabelledImage;
}

/**
 * Finds images of a second data set that are also in the first, by file content and not by name. Compares sizes first,
 * then the ends of files, and whole files only if both match. Unreadable files are skipped.
 */
export async function sharedImages(
  first: readonly LabelledImage[],
  second: readonly LabelledImage[],
): Promise<readonly SharedImage[]> {
  const byPath = new Map(first.map((image) => [resolve(image.path), image]));
  const samePath = new Map(second.map((image) => [image, byPath.get(resolve(image.path))] as const));
  const others = second.filter((image) => !samePath.get(image));
  const twins = new Map<LabelledImage, LabelledImage>();
  let candidates = [first, others] as readonly [readonly LabelledImage[], readonly LabelledImage[]];
  for (const look of contentLooks) candidates = await keepAlike(candidates, look, twins);
  return second.flatMap((image) => {
    const other = samePath.get(image) ?? twins.get(image);
    return other ? [{ first: other, second: image }] : [];
  });
}

/** The images of either side that look like one of the other side; `twins` gets those of the second. */
async function keepAlike(
  [first, second]: readonly [readonly LabelledImage[], readonly LabelledImage[]],
  look: (path: string) => Promise<string | undefined>,
  twins: Map<LabelledImage, LabelledImage>,
): Promise<readonly [readonly LabelledImage[], readonly LabelledImage[]]> {
  const looks = (images: readonly LabelledImage[]) =>
    lookAt(
      images.map(({ path }) => path),
      look,
    );
  const [ofFirst, ofSecond] = [await looks(first), await looks(second)];
  const byLook = new Map<string, LabelledImage>();
  for (const [i, image] of first.entries()) {
    const seen = ofFirst[i];
    if (seen !== undefined && !byLook.has(seen)) byLook.set(seen, image);
  }
  twins.clear();
  second.forEach((image, i) => {
    const twin = ofSecond[i] === undefined ? undefined : byLook.get(ofSecond[i]);
    if (twin) twins.set(image, twin);
  });
  const wanted = new Set(ofSecond);
  return [
    first.filter((_, i) => wanted.has(ofFirst[i]!) && ofFirst[i] !== undefined),
    second.filter((image) => twins.has(image)),
  ];
}
