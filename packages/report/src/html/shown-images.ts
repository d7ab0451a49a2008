import type { MistakeLists } from '@polytag/metrics';
import { imagesOf } from './images-of.js';
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

/** How the pictures of a page are made. */
export interface ShownImagesOptions {
  /** The most that are read. Default 400: about 4 MB of a page. Other images are shown by their name. */
  readonly pictures?: number;
  /** Gives heat maps of labels of a file, to lay over its picture: of those with a mistake. Default: there are none. */
  readonly heatMaps?: (
    path: string,
    labels: readonly string[],
    thumbnail: Thumbnail,
  ) => Promise<ReadonlyMap<string, Thumbnail>>;
  /** Called with the pictures that are read, and how many there will be. */
  readonly report?: (done: number, total: number) => void;
}

/**
 * Collects the pictures of images with mistakes: the worst ones first, then the worst of each label in turn.
 *
 * @param readThumbnail returns the picture of a file, or none
 */
export async function shownImages(
  details: MistakeLists,
  { labels: { names }, images }: DescribedImages,
  readThumbnail: (path: string) => Promise<Thumbnail | undefined>,
  { pictures = 400, heatMaps, report }: ShownImagesOptions = {},
): Promise<(image: number) => ShownImage> {
  const { mistakes, mistakesByClass } = details;
  const wanted = [...new Set([...imagesOf([mistakes]), ...imagesOf(mistakesByClass)])].slice(0, pictures);
  const wrong = heatMaps && wrongLabels(details);
  const thumbnails = new Map<number, Pick<ShownImage, 'thumbnail' | 'heatMaps'>>();
  for (let start = 0; start < wanted.length; start += AT_A_TIME) {
    const some = wanted.slice(start, start + AT_A_TIME);
    const read = await Promise.all(some.map((image) => readThumbnail(images[image].path)));
    for (const [i, image] of some.entries()) {
      const thumbnail = read[i];
      if (!thumbnail) continue;
      const labels = [...(wrong?.get(image) ?? [])].map((k) => names[k]);
      const maps = labels.length > 0 ? await heatMaps?.(images[image].path, labels, thumbnail) : undefined;
      thumbnails.set(image, { thumbnail, ...(maps && { heatMaps: maps }) });
    }
    report?.(start + some.length, wanted.length);
  }
  return (image) => {
    const { name, labels } = images[image];
    // A label that a file lists twice is one.
    return { name, labels: [...new Set(labels)].map((k) => names[k]), ...thumbnails.get(image) };
  };
}

/** For each image the labels that it has a mistake with. */
function wrongLabels({ mistakes, mistakesByClass }: MistakeLists): Map<number, Set<number>> {
  const wrong = new Map<number, Set<number>>();
  for (const { absent, present } of [mistakes, ...mistakesByClass])
    for (const { image, index } of [...absent, ...present]) {
      const labels = wrong.get(image) ?? new Set();
      wrong.set(image, labels.add(index));
    }
  return wrong;
}
