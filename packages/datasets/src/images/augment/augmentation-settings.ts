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
  /** Share of the image's area that is kept. */
  scale: range(z.number().positive().max(1)).default([0.5, 1]),
  /** How much wider than the image's own shape the part is, and how much narrower. */
  ratio: range(z.number().positive()).default([3 / 4, 4 / 3]),
});

const randAugmentSchema = z.strictObject({
  /** Operations that are drawn for an image. */
  draws: z.int().positive().default(2),
  /** That a drawn operation is applied. */
  probability: probability.default(0.5),
  /** Those that are drawn from. */
  operations: z
    .array(z.enum(RAND_AUGMENT_NAMES))
    .min(1)
    .default([...RAND_AUGMENT_NAMES]),
});

const colourJitterSchema = z.strictObject({
  /** Factors are uniform in 1 ± these; 0 is off. */
  brightness: z.number().min(0).default(0.4),
  contrast: z.number().min(0).default(0.4),
  saturation: z.number().min(0).default(0.4),
});

const cutoutSchema = z.strictObject({
  probability: probability.default(0.5),
  /** Sides of the rectangle as a share of the image's: 0.4 in the paper. */
  factor: z.number().positive().max(1).default(0.4),
});

const mixSchema = z.strictObject({
  /** `mixup` blends two images, `cutmix` puts a rectangle of one into the other. */
  name: z.enum(['mixup', 'cutmix']).default('mixup'),
  /** The share λ of the image itself is drawn from Beta(alpha, alpha). */
  alpha: z.number().positive().default(1),
  /** That a batch is mixed. */
  probability: probability.default(1),
});

/**
 * What is done to training images besides the mirroring. Everything is off by default; the paper has `randAugment` and
 * `cutout` on.
 */
export const augmentationSchema = z.strictObject({
  crop: optional(cropSchema),
  randAugment: optional(randAugmentSchema),
  colourJitter: optional(colourJitterSchema),
  cutout: optional(cutoutSchema),
  /** Pairs the images of each batch and mixes pixels and targets. */
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
