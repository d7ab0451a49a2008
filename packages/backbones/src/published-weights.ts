import type { PaddingRule, PixelNormalisation } from '@polytag/core';

/** Weights that somebody has published, and what a model must be for them to mean what they meant. */
export interface PublishedWeights {
  /** What `weights` of a config calls them: the images that they learned from. */
  readonly name: string;
  /** The backbone's name in a config. */
  readonly backbone: string;
  readonly address: string;
  /** SHA-256, or its first digits, as the file's name has them. Undefined: not published. */
  readonly sha256?: string;
  /** Size of the file in MB (10^6 bytes), where the source or the model card says it. */
  readonly megabytes?: number;
  /** Whose keys the file has: the backbone's option, where it has one. */
  readonly layout?: string;
  /** The backbone's option, where it has one. Default 1. */
  readonly widthMultiplier?: number;
  readonly padding: PaddingRule;
  /** Of batch norm. */
  readonly epsilon: number;
  /** Of the pixels that they were trained with. */
  readonly normalisation: PixelNormalisation;
  /** Side of the square images that they were trained with, pixels, where it is stated. */
  readonly imageSize?: number;
  /** Of a whole multi-label model: its head, whose options with values must be these. */
  readonly head?: {
    readonly name: string;
    readonly classes: number;
    readonly options: Readonly<Record<string, unknown>>;
  };
  /** Of the repository or model card that publishes them. The data that they were trained with may have terms of its own. */
  readonly licence: string;
  /** Where address, checksum and the rest are stated. */
  readonly source: string;
}

/** Where timm keeps the files that it does not have from elsewhere. */
export const TIMM_RELEASES = 'https://github.com/rwightman/pytorch-image-models/releases/download';
