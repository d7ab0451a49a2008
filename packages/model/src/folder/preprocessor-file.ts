import {
  CheckpointError,
  MAX_SIDE,
  printable,
  unusableChannel,
  type PixelNormalisation,
  type Preprocessing,
  type ResizeRule,
} from '@polytag/core';
import * as z from 'zod';

const channels = z.tuple([z.number(), z.number(), z.number()]);
const side = z.int().positive().max(MAX_SIDE);

/** `preprocessor_config.json`, with the names that Hugging Face's image processors use. */
export const preprocessorFileSchema = z.looseObject({
  /** Of the network's images, or of the shorter side of an image before its middle is taken. */
  size: z.strictObject({
    height: side.optional(),
    width: side.optional(),
    shortest_edge: side.optional(),
  }),
  /** In Pillow's numbering 2 is bilinear, here without antialiasing, and 3 bicubic, with antialiasing. */
  resample: z.literal([2, 3]),
  /** Whether the middle is taken: of images whose shorter side is resized, and of no others. */
  do_center_crop: z.boolean().nullish(),
  /** Of the network's images, where the middle is taken. */
  crop_size: z.unknown().optional(),
  do_resize: z.literal(true).default(true),
  do_convert_rgb: z.literal(true).nullish(),
  /** Whether pixel values 0 to 255 are multiplied by the factor. */
  do_rescale: z.boolean().default(true),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  /** Whether mean and deviation of the rescaled values are taken off. */
  do_normalize: z.boolean().default(true),
  image_mean: channels.optional(),
  image_std: channels.optional(),
});

export type PreprocessorFile = z.output<typeof preprocessorFileSchema>;

/** Keys of steps that image processors know and this network has not; off, they say nothing. */
const STEP =
  /^do_|crop|pad|resample|interpolation|antialias|shortest|longest|keep_aspect|thumbnail|size_divisor/;

/** Said by programs beside what is done, and no step. */
const NO_STEP = new Set(['crop_size', 'padding_value']);

/**
 * What a preprocessor file says, in the terms of a network here.
 *
 * @param source what errors call the file
 * @throws CheckpointError `checkpoint/config`, naming what cannot be done or used
 */
export function preprocessingOf(file: PreprocessorFile, source: string): Preprocessing {
  const { do_rescale, rescale_factor, do_normalize, image_mean, image_std } = file;
  for (const [key, value] of Object.entries(file)) {
    const known = Object.hasOwn(preprocessorFileSchema.shape, key);
    if (known || !STEP.test(key) || !isOn(value) || (NO_STEP.has(key) && !isOn(file['do_center_crop'])))
      continue;
    throw new CheckpointError(
      'checkpoint/config',
      `${source}: "${printable(key)}" is ${shownValue(value)}, which is not supported.`,
      {
        hint: 'Polytag resizes images to height and width, rescales and normalises them, and nothing else. If the model was trained that way, remove the key.',
      },
    );
  }
  if (do_normalize && !(image_mean && image_std)) {
    throw new CheckpointError(
      'checkpoint/config',
      `${source}: "${image_mean ? 'image_std' : 'image_mean'}" is missing.`,
      { hint: 'Give the mean and standard deviation of the pixels, or "do_normalize": false.' },
    );
  }
  const factor = do_rescale ? rescale_factor : 1;
  const [mean, std] = do_normalize
    ? [image_mean!, image_std!]
    : [
        [0, 0, 0],
        [1, 1, 1],
      ];
  // Here pixels are divided by 255 first: (x · factor − mean) / std = (x/255 − mean/(255 factor)) / (std/(255 factor)).
  const unit = 255 * factor;
  const exact = unit === 1;
  const normalisation = {
    mean: mean.map((value) => (exact ? value : value / unit)),
    std: std.map((value) => (exact ? value : value / unit)),
  } as unknown as PixelNormalisation;
  const unusable = unusableChannel(normalisation);
  if (unusable === undefined) return { ...resizing(file, source), normalisation };
  throw new CheckpointError(
    'checkpoint/config',
    `${source}: "image_mean" ${image_mean?.[unusable]} and "image_std" ${image_std?.[unusable]} of ` +
      `${['red', 'green', 'blue'][unusable]} do not give usable pixel values.`,
    { hint: 'A standard deviation must be above 0; for pixels in [0, 1] both are usually around 0.5.' },
  );
}

const cropSchema = z.strictObject({ height: side, width: side });

/** Height and width of the network's images, and how images come to them. */
function resizing(
  { size, resample, do_center_crop, crop_size }: PreprocessorFile,
  source: string,
): ResizeRule {
  const refuse = (problem: string) =>
    new CheckpointError('checkpoint/config', `${source}: ${problem}.`, {
      hint: 'Supported: stretch to a height and a width ("resample": 2, no crop), or resize the shorter side ("resample": 3) and crop the centre ("do_center_crop": true). Write the one that the model was trained with.',
    });
  const { shortest_edge: shortSide, ...whole } = size;
  if (shortSide === undefined) {
    const { height, width } = whole;
    if (height === undefined || width === undefined)
      throw refuse(`"size.${height === undefined ? 'height' : 'width'}" is missing`);
    if (do_center_crop) throw refuse('"do_center_crop" is true, but "size" is a height and a width');
    if (resample !== 2) throw refuse('"resample" is 3, but "size" is a height and a width');
    return { height, width };
  }
  if (Object.keys(whole).length > 0)
    throw refuse('"size" has a "shortest_edge" and also a height or a width');
  if (!do_center_crop) throw refuse('"size" is a "shortest_edge", but "do_center_crop" is not true');
  if (resample !== 3) throw refuse('"size" is a "shortest_edge", but "resample" is 2');
  const crop = cropSchema.safeParse(crop_size);
  if (!crop.success) throw refuse('"crop_size" is not a valid height and width');
  const { height, width } = crop.data;
  if (shortSide < Math.max(height, width))
    throw refuse(`"crop_size" is ${height} x ${width}, but "shortest_edge" is only ${shortSide}`);
  return { height, width, resize: { shortSide } };
}

/** An object may be nested deeper than JSON's own writer can follow. */
const shownValue = (value: unknown): string =>
  typeof value === 'object' ? 'an object or a list' : printable(JSON.stringify(value));

const isOn = (value: unknown): boolean => value !== undefined && value !== null && value !== false;
