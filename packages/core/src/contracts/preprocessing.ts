/** Channel-wise (x/255 − mean)/std on RGB pixels. */
export interface PixelNormalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Mean 0.5, std 0.5: the paper's multi-label settings and TensorFlow's own weights. */
export const HALF: PixelNormalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
/** ImageNet statistics: torchvision's weights. */
export const IMAGENET: PixelNormalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
/** Pixels in [0, 1]: Alibaba's MIIL weights. */
export const UNIT: PixelNormalisation = { mean: [0, 0, 0], std: [1, 1, 1] };

/** Values 0 to 255: networks that normalise inside. */
const PIXELS: PixelNormalisation = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };

/** Names that a config may give a normalisation by. */
export const NORMALISATION_NAMES = ['half', 'imagenet', 'unit', 'pixels'] as const;
export type NormalisationName = (typeof NORMALISATION_NAMES)[number];

/** What each name stands for. */
export const NORMALISATIONS: Readonly<Record<NormalisationName, PixelNormalisation>> = {
  half: HALF,
  imagenet: IMAGENET,
  unit: UNIT,
  pixels: PIXELS,
};

/** How a config writes a normalisation: its name, or undefined where it has none. */
export const normalisationName = ({ mean, std }: PixelNormalisation): NormalisationName | undefined =>
  NORMALISATION_NAMES.find((name) => {
    const known = NORMALISATIONS[name];
    return (
      mean.every((value, i) => value === known.mean[i]) && std.every((value, i) => value === known.std[i])
    );
  });

/** The largest side of a network's images, pixels: a batch of such images is 1.6 GB. */
export const MAX_SIDE = 2048;

/**
 * Channel (0 red, 1 green, 2 blue) of which black and white are no numbers, or of a size that no network can tell apart or
 * sum up; undefined where all are usable.
 */
export function unusableChannel({ mean, std }: PixelNormalisation): 0 | 1 | 2 | undefined {
  return ([0, 1, 2] as const).find((channel) => {
    const [black, white] = [0, 1].map((pixel) => (pixel - mean[channel]) / std[channel]);
    const range = white - black;
    return !(std[channel] > 0 && range > 1e-6 && Math.max(Math.abs(black), Math.abs(white)) < 1e6);
  });
}

/** What is done to a decoded RGB image before the network sees it (docs/method.md#preprocessing). */
export interface Preprocessing {
  readonly height: number;
  readonly width: number;
  /**
   * Where there is one, the shorter side of an image becomes so many pixels, bicubically with antialiasing, and its middle is
   * taken; at least as long as height and width. Default: the whole image is stretched to them, bilinearly.
   */
  readonly resize?: { readonly shortSide: number };
  readonly normalisation: PixelNormalisation;
}

/**
 * Why an image of that short side has no middle of the network's size, as the end of a sentence; undefined where it has one.
 */
export const tooShort = ({ height, width, resize }: Preprocessing): string | undefined =>
  resize && resize.shortSide < Math.max(height, width)
    ? `images are resized to a shorter side of ${resize.shortSide} pixels, too small to crop ${height} x ${width} from`
    : undefined;
