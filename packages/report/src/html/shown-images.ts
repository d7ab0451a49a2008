import type { EvaluationDetails } from '@polytag/metrics';
import { imagesOf } from './decision-data.js';
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

/** Pictures that are read at a time. */
const AT_A_TIME = 4;

/**
 * Gathers what a page shows of the images with mistakes: the worst ones first, then the worst of each label in turn.
 *
 * @param readThumbnail gives the picture of a file, or none
 * @param pictures the most that are read (default 400: about 4 MB of a page); other images are shown by their name
 */
export async function shownImages(
  { mistakes, mistakesByClass }: Pick<EvaluationDetails, 'mistakes' | 'mistakesByClass'>,
  { labels: { names }, images }: DescribedImages,
  readThumbnail: (path: string) => Promise<Thumbnail | undefined>,
  pictures = 400,
): Promise<(image: number) => ShownImage> {
  const wanted = [...new Set([...imagesOf([mistakes]), ...imagesOf(mistakesByClass)])];
  const thumbnails = new Map<number, Thumbnail>();
  for (let start = 0; start < Math.min(pictures, wanted.length); start += AT_A_TIME) {
    const some = wanted.slice(start, Math.min(start + AT_A_TIME, pictures));
    const read = await Promise.all(some.map((image) => readThumbnail(images[image].path)));
    some.forEach((image, i) => read[i] && thumbnails.set(image, read[i]));
  }
  return (image) => {
    const { name, labels } = images[image];
    const thumbnail = thumbnails.get(image);
    // A label that a file lists twice is one.
    return { name, labels: [...new Set(labels)].map((k) => names[k]), ...(thumbnail && { thumbnail }) };
  };
}
