import type { ColourSpace, ImageFacts } from '../examination/image-facts.js';
import type { ImageFormat } from '../images/image-format.js';

/** Distribution of a value over images. */
export interface Spread {
  readonly least: number;
  /** The median; of two, the lower. */
  readonly median: number;
  readonly most: number;
}

/** Statistics of the image files of a data set. */
export interface PictureStatistics {
  /** Number of usable images. */
  readonly images: number;
  readonly fileBytes: number;
  /** Pixels. */
  readonly width: Spread;
  readonly height: Spread;
  /** Width / height. */
  readonly aspectRatio: Spread;
  /** Number of images of each format, most frequent first. */
  readonly formats: readonly (readonly [ImageFormat, images: number])[];
  readonly colours: readonly (readonly [ColourSpace, images: number])[];
}

/**
 * Statistics of images.
 *
 * @returns undefined if there are no images
 */
export function pictureStatistics(facts: readonly ImageFacts[]): PictureStatistics | undefined {
  if (facts.length === 0) return undefined;
  return {
    images: facts.length,
    fileBytes: facts.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    width: spread(facts.map(({ width }) => width)),
    height: spread(facts.map(({ height }) => height)),
    aspectRatio: spread(facts.map(({ width, height }) => width / height)),
    formats: counts(facts.map(({ format }) => format)),
    colours: counts(facts.map(({ colour }) => colour)),
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  return { least: sorted[0], median: sorted[(sorted.length - 1) >> 1], most: sorted[sorted.length - 1] };
}

function counts<Value>(values: readonly Value[]): (readonly [Value, number])[] {
  const found = new Map<Value, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return [...found].sort(([, a], [, b]) => b - a);
}
