import { preprocessingOf, preprocessorFileSchema } from './preprocessor-file.js';

const base = {
  size: { height: 8, width: 6 },
  resample: 2,
  image_mean: [0.5, 0.4, 0.3],
  image_std: [0.25, 0.2, 0.1],
};

/** The preprocessing, or what is wrong. */
function read(changes: Record<string, unknown>): unknown {
  const parsed = preprocessorFileSchema.safeParse({ ...base, ...changes });
  if (!parsed.success) return parsed.error.issues[0].path.join('.');
  try {
    return preprocessingOf(parsed.data, 'p.json');
  } catch (error) {
    return (error as Error).message;
  }
}

/** What (x/255 − mean)/std gives for a red pixel of 51. */
const red = (found: unknown): number => {
  const { mean, std } = (found as { normalisation: { mean: number[]; std: number[] } }).normalisation;
  return (51 / 255 - mean[0]) / std[0];
};

describe('preprocessor_config.json is obeyed', () => {
  it('as saveModel writes it, exactly', () => {
    const written = {
      do_convert_rgb: true,
      do_resize: true,
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
    };
    const normalisation = { mean: base.image_mean, std: base.image_std };
    expect(read(written)).toEqual({ height: 8, width: 6, normalisation });
    expect(read({})).toEqual({ height: 8, width: 6, normalisation });
  });

  // The numbers of (x · rescale_factor − mean)/std, with what is off left out.
  it.each([
    [
      'no rescaling',
      { do_rescale: false, image_mean: [123, 116, 103], image_std: [58, 57, 56] },
      (51 - 123) / 58,
    ],
    ['another factor', { rescale_factor: 1 / 127.5 }, (51 / 127.5 - 0.5) / 0.25],
    ['a factor of 1', { rescale_factor: 1 }, (51 - 0.5) / 0.25],
    ['no normalisation', { do_normalize: false }, 0.2],
    [
      'no normalisation, and nothing to do it with',
      { do_normalize: false, image_mean: undefined, image_std: undefined },
      0.2,
    ],
    ['neither', { do_rescale: false, do_normalize: false }, 51],
  ])('%s', (_, changes, expected) => {
    expect(red(read(changes))).toBeCloseTo(expected, 12);
  });

  it.each([
    { do_center_crop: false, crop_size: { height: 4, width: 4 } },
    {
      do_pad: null,
      crop_pct: null,
      data_format: 'channels_first',
      image_processor_type: 'ViTImageProcessor',
    },
  ])('where it says that something is not done: %j', (changes) => {
    expect(red(read(changes))).toBeCloseTo((0.2 - 0.5) / 0.25, 12);
  });
});

describe('the shorter side, then the middle', () => {
  const crop = {
    size: { shortest_edge: 256 },
    resample: 3,
    do_center_crop: true,
    crop_size: { height: 224, width: 196 },
  };

  it('is read as image processors write it', () => {
    const normalisation = { mean: base.image_mean, std: base.image_std };
    expect(read(crop)).toEqual({ height: 224, width: 196, resize: { shortSide: 256 }, normalisation });
  });

  it.each([
    [{ ...crop, resample: 2 }, '"resample" is 2'],
    [{ ...crop, do_center_crop: false }, '"do_center_crop" is not true'],
    [{ ...crop, crop_size: 224 }, '"crop_size" is not'],
    [
      { ...crop, crop_size: { height: 224, width: 257 } },
      '"crop_size" is 224 x 257, but "shortest_edge" is only 256',
    ],
    [
      { ...crop, size: { shortest_edge: 256, height: 8 } },
      '"size" has a "shortest_edge" and also a height or a width',
    ],
    [{ resample: 3 }, '"resample" is 3'],
    [{ size: { height: 8 } }, '"size.width" is missing'],
  ])('is refused where it is neither that nor a height and a width: %j', (changes, told) => {
    expect(read(changes)).toContain(told);
  });
});

describe('preprocessor_config.json is refused', () => {
  it.each([
    { do_center_crop: true, crop_size: 4 },
    { crop_pct: 0.875 },
    { do_pad: true },
    { do_flip_channel_order: true },
    { do_thumbnail: true },
    { do_something_new: true },
    { interpolation: 'bicubic' },
    { antialias: true },
    { size_divisor: 32 },
    { keep_aspect_ratio: true },
    { do_center_crop: true },
  ])('by the name of what is not done here: %j', (changes) => {
    expect(read(changes)).toContain(`"${Object.keys(changes)[0]}"`);
  });

  it.each<[string, Record<string, unknown>]>([
    ['resample', { resample: 'bilinear' }],
    ['resample', { resample: undefined }],
    ['do_resize', { do_resize: false }],
    ['do_convert_rgb', { do_convert_rgb: false }],
    ['size', { size: 224 }],
    ['size', { size: { height: 8, width: 6, longest_edge: 9 } }],
    ['size.height', { size: { height: 0, width: 6 } }],
    ['size.height', { size: { height: 1e6, width: 6 } }],
    ['size.width', { size: { height: 6, width: 6.5 } }],
    ['rescale_factor', { rescale_factor: 0 }],
    ['rescale_factor', { rescale_factor: Infinity }],
    ['image_mean', { image_mean: [0, 0] }],
    ['image_mean.1', { image_mean: [0, NaN, 0] }],
    ['image_std.2', { image_std: [1, 1, Infinity] }],
    ['image_std.0', { image_std: ['1', 1, 1] }],
  ])('where "%s" cannot be: %j', (key, changes) => {
    expect(read(changes)).toBe(key);
  });

  it.each([
    { image_std: [0.2, 0, 0.2] },
    { image_std: [0.2, -0.1, 0.2] },
    { image_std: [0.2, 1e-300, 0.2] },
    { image_std: [0.2, 1e300, 0.2] },
    { image_mean: [0.5, 1e30, 0.5] },
    { rescale_factor: 1e-300 },
    { rescale_factor: 1e300 },
  ])('where pixels would be no numbers: %j', (changes) => {
    expect(read(changes)).toMatch(/of (green|red) do not give usable pixel values/);
  });

  it('where it normalises by what it does not say', () => {
    expect(read({ image_std: undefined })).toContain('"image_std" is missing');
  });
});
