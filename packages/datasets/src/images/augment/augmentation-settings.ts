import * as z from 'zod';
import { RAND_AUGMENT_NAMES } from './rand-augment-operations.js';

const probability = z.number().min(0).max(1);

/** Off (`false`), on with every default (`true`), or on with these settings. */
function optional<Settings extends z.ZodObject>(settings: Settings) {
  return z
    .union([z.literal(false), z.literal(true).transform(() => settings.parse({})), settings])
    .default(false);
}

/** A range [least, most]. */
const range = (of: z.ZodNumber) =>
  z.tuple([of, of]).refine(([least, most]) => least <= most, 'the first must not exceed the second');

const cropSchema = z.strictObject({
  /** Smallest and largest share of the image's area to keep. */
  scale: range(z.number().positive().max(1)).default([0.5, 1]),
  /** Smallest and largest change of the aspect ratio. */
  ratio: range(z.number().positive()).default([3 / 4, 4 / 3]),
});

const randAugmentSchema = z.strictObject({
  /** Operations drawn for each image. */
  draws: z.int().positive().default(2),
  /** Probability that a drawn operation is applied. */
  probability: probability.default(0.5),
  /** Operations to draw from. */
  operations: z
    .array(z.enum(RAND_AUGMENT_NAMES))
    .min(1)
    .default([...RAND_AUGMENT_NAMES]),
});

const colourJitterSchema = z.strictObject({
  /** Brightness is multiplied by a factor between 1 ± this. 0 is off. */
  brightness: z.number().min(0).default(0.4),
  /** Contrast is multiplied by a factor between 1 ± this. 0 is off. */
  contrast: z.number().min(0).default(0.4),
  /** Saturation is multiplied by a factor between 1 ± this. 0 is off. */
  saturation: z.number().min(0).default(0.4),
});

const cutoutSchema = z.strictObject({
  /** Probability that an image gets a rectangle. */
  probability: probability.default(0.5),
  /** Height and width of the rectangle, as a share of the image's. The paper uses 0.4. */
  factor: z.number().positive().max(1).default(0.4),
});

const mixSchema = z.strictObject({
  /** `mixup` blends two images, `cutmix` puts a rectangle of one into the other. */
  name: z.enum(['mixup', 'cutmix']).default('mixup'),
  /** The share λ of the first image is drawn from Beta(alpha, alpha). */
  alpha: z.number().positive().default(1),
  /** Probability that a batch is mixed. */
  probability: probability.default(1),
});

/**
 * What is done to training images besides the mirroring. Everything is off by default; the paper has `randAugment` and
 * `cutout` on.
 */
export const augmentationSchema = z.strictObject({
  /** Enlarges a random part of the image. */
  crop: optional(cropSchema),
  /** Two random operations out of 15, as in the paper (docs/method.md#randaugment). */
  randAugment: optional(randAugmentSchema),
  /** Changes brightness, contrast and saturation in random order. */
  colourJitter: optional(colourJitterSchema),
  /** Covers a rectangle with one random colour, as in the paper. */
  cutout: optional(cutoutSchema),
  /** Mixes pixels and targets of pairs of images in a batch. */
  mix: optional(mixSchema),
});

/** Settings with their defaults filled in. */
export type Augmentation = z.output<typeof augmentationSchema>;
/** Settings as a config file or a caller gives them. */
export type AugmentationInput = z.input<typeof augmentationSchema>;
export type CropSettings = z.output<typeof cropSchema>;
export type RandAugmentSettings = z.output<typeof randAugmentSchema>;
export type ColourJitterSettings = z.output<typeof colourJitterSchema>;
export type CutoutSettings = z.output<typeof cutoutSchema>;
export type MixSettings = z.output<typeof mixSchema>;
