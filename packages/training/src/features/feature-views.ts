import { createHash } from 'node:crypto';
import { UsageError } from '@polytag/core';
import { augmentationSchema, isMirrored, type Augmentation, type EpochAugmentation } from '@polytag/datasets';

export interface FeatureViewOptions {
  /** What changes training images; see `augmentationSchema` of `@polytag/datasets`. */
  readonly augment: Augmentation;
  readonly flipProbability: number;
  /** What changes are drawn from. */
  readonly seed: number;
  /** Changed views of each image; without it the image and, where it may be mirrored, its mirror image. */
  readonly views?: number;
}

/** One way in which each image is seen. */
export interface FeatureView {
  readonly augmentation?: EpochAugmentation;
  /** What a feature map of this view is stored under. `content`: hash of the image; `index`: its position. */
  keyOf(content: string, index: number): string;
}

/** The views that are cached of every image, and which of them an epoch takes. */
export interface FeatureViews {
  readonly all: readonly FeatureView[];
  /** Position in `all` of the view that an epoch takes of an image. */
  choose(epoch: number, index: number): number;
}

const UNCHANGED = augmentationSchema.parse({});
const plain: FeatureView = { keyOf: (content) => content };
const mirrored: FeatureView = {
  augmentation: { augment: UNCHANGED, flipProbability: 1, seed: 0, epoch: 0 },
  keyOf: (content) => `${content}/mirrored`,
};

/** Validation images: as they are. */
export const plainViews: FeatureViews = { all: [plain], choose: () => 0 };

/**
 * Without `views` epochs draw the mirror image as training on images does, so both see the same. With `views: n` the
 * images of the first n epochs of such a training are cached, and taken again in turn.
 *
 * @throws UsageError `usage/features-augment`
 */
export function featureViews({ augment, flipProbability, seed, views }: FeatureViewOptions): FeatureViews {
  if (augment.mix) {
    throw new UsageError('usage/features-augment', 'Cached features cannot be used with data.augment.mix.', {
      hint: 'Add --set data.augment.mix=false, or train on images: --set training.features=false',
    });
  }
  const changes = Object.entries(augment).filter(([, settings]) => settings !== false);
  if (views === undefined) {
    if (changes.length > 0) {
      throw new UsageError(
        'usage/features-augment',
        `data.augment.${changes[0][0]} changes every image in each epoch, but cached features are computed once.`,
        {
          hint: "Cache several views of each image, e.g. --set 'training.features={views: 4}', or remove the augmentation.",
        },
      );
    }
    if (flipProbability === 0) return plainViews;
    return {
      all: [plain, mirrored],
      choose: (epoch, index) => (isMirrored(index, { flipProbability, seed, epoch }) ? 1 : 0),
    };
  }
  if (changes.length === 0 && flipProbability === 0) return plainViews;
  const settings = createHash('sha256')
    .update(JSON.stringify([augment, flipProbability, seed]))
    .digest('hex')
    .slice(0, 16);
  return {
    all: Array.from({ length: views }, (_, epoch) => ({
      augmentation: { augment, flipProbability, seed, epoch },
      keyOf: (content, index) => `${content}/${settings}/${epoch}/${index}`,
    })),
    choose: (epoch) => epoch % views,
  };
}
