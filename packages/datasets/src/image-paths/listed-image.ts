import type { DataError } from '@polytag/core';

/** One photograph of a list. */
export interface ListedImage {
  readonly path: string;
  /** Why there is none: an empty folder, or a pattern without matches. */
  readonly error?: DataError;
}

/** Whether a file is an image by its name. What it really is, its content tells. */
export const isImageName = (name: string): boolean => /\.(jpe?g|jpe|jfif|png|webp)$/i.test(name);
