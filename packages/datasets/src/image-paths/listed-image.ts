import type { DataError } from '@polytag/core';

/** One photograph of a list. */
export interface ListedImage {
  readonly path: string;
  /** Why there is none: an empty folder, or a pattern without matches. */
  readonly error?: DataError;
}

/** Whether a file name ends like that of an image. The content is not read. */
export const isImageName = (name: string): boolean => /\.(jpe?g|jpe|jfif|png|webp)$/i.test(name);
