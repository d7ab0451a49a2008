import type { DataError } from '@polytag/core';

/** One photograph of a list, by its path. */
export interface ListedImage {
  readonly path: string;
  /** Why there is none: an empty folder, a pattern that nothing matches. */
  readonly error?: DataError;
}

/** Whether a file is an image by its name. What it really is, its content tells. */
export const isImageName = (name: string): boolean => /\.(jpe?g|jpe|jfif|png|webp)$/i.test(name);
