import type { PaddingRule, PixelNormalisation } from '@polytag/core';

/** Published weights, and the settings that a model needs to use them. */
export interface PublishedWeights {
  /** Name in the config key `weights`: the images that they were trained on. */
  readonly name: string;
  /** Name of the backbone in a config. */
  readonly backbone: string;
  readonly address: string;
  /** SHA-256, or its first digits from the file name. Undefined: not published. */
  readonly sha256?: string;
  /** Size of the file in MB (10^6 bytes), if the source states it. */
  readonly megabytes?: number;
  /** Layout of the keys: the backbone's option, if it has one. */
  readonly layout?: string;
  /** Width multiplier: the backbone's option, if it has one. Default 1. */
  readonly widthMultiplier?: number;
  readonly padding: PaddingRule;
  /** Epsilon of batch norm. */
  readonly epsilon: number;
  /** Pixel normalisation that they were trained with. */
  readonly normalisation: PixelNormalisation;
  /** Height and width of the training images, pixels, if stated. */
  readonly imageSize?: number;
  /** Head of a whole multi-label model, with the values that its options must have. */
  readonly head?: {
    readonly name: string;
    readonly classes: number;
    readonly options: Readonly<Record<string, unknown>>;
  };
  /** Licence of the repository or model card. The training data may have terms of its own. */
  readonly licence: string;
  /** Where URL, checksum and the rest are stated. */
  readonly source: string;
}

/** Where timm keeps the files that it does not have from elsewhere. */
export const TIMM_RELEASES = 'https://github.com/rwightman/pytorch-image-models/releases/download';
