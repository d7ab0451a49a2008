import type { WorstMistakes } from '@polytag/metrics';
import type { ShownImage } from './mistake-gallery.js';
import type { Thumbnail } from './picture.js';

/** What is needed of a data set: `LabelledDataset` of @polytag/datasets is one. */
export interface DescribedImages {
  readonly labels: { readonly names: readonly string[] };
  /** In the order that they were scored in. */
  readonly images: readonly {
    readonly name: string;
    readonly path: string;
    /** Indices into `labels.names`. */
    readonly labels: readonly number[];
  }[];
}

/**
 * Gathers what a page shows of the images with the worst mistakes.
 *
 * @param readThumbnail gives the picture of a file, or none
 */
export async function shownImages(
  { absent, present }: WorstMistakes,
  { labels: { names }, images }: DescribedImages,
  readThumbnail: (path: string) => Promise<Thumbnail | undefined>,
): Promise<(image: number) => ShownImage> {
  const shown = new Map<number, ShownImage>();
  for (const { image } of [...absent, ...present]) {
    if (shown.has(image)) continue;
    const { name, path, labels } = images[image];
    const thumbnail = await readThumbnail(path);
    // A label that a file lists twice is one.
    const listed = [...new Set(labels)].map((k) => names[k]);
    shown.set(image, { name, labels: listed, ...(thumbnail && { thumbnail }) });
  }
  return (image) => shown.get(image)!;
}
