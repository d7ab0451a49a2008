import { DataError } from '@polytag/core';
import type { LabelledImage } from '../dataset/labelled-dataset.js';

/** A DataError as it crosses threads: the class and the code of an error do not survive by themselves. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export const refusalOf = ({ code, message, hint }: DataError): Refusal => ({
  code,
  message,
  ...(hint !== undefined && { hint }),
});

export const errorOf = ({ code, message, hint }: Refusal): DataError =>
  new DataError(code, message, { hint });

export interface RefusedImage extends Refusal {
  /** Its position in the batch. */
  readonly position: number;
}

/** An unusable image of a data set. */
export interface BadImage {
  /** Index in the data set. */
  readonly index: number;
  /** Path as in the label file. */
  readonly name: string;
  /** Reason. */
  readonly error: DataError;
}

/** The images of a data set that a batch of some of them was refused. */
export const badImages = (
  images: readonly LabelledImage[],
  indices: Uint32Array,
  refused: readonly RefusedImage[],
): BadImage[] =>
  refused.map((refusal) => {
    const index = indices[refusal.position];
    return { index, name: images[index].name, error: errorOf(refusal) };
  });
