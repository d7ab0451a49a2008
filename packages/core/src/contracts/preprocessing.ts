/** Pixel normalisation per channel: (x/255 − mean)/std on RGB pixels. */
export interface PixelNormalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Mean 0.5, std 0.5, as in the paper's multi-label settings and for TensorFlow's own weights. */
export const HALF: PixelNormalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
/** ImageNet statistics, for torchvision's weights. */
export const IMAGENET: PixelNormalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
/** Pixels in [0, 1], for Alibaba's MIIL weights. */
export const UNIT: PixelNormalisation = { mean: [0, 0, 0], std: [1, 1, 1] };

/** Values 0 to 255: networks that normalise inside. */
const PIXELS: PixelNormalisation = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };

/** Names of pixel normalisations in a config. */
export const NORMALISATION_NAMES = ['half', 'imagenet', 'unit', 'pixels'] as const;
export type NormalisationName = (typeof NORMALISATION_NAMES)[number];

/** Pixel normalisations by name. */
export const NORMALISATIONS: Readonly<Record<NormalisationName, PixelNormalisation>> = {
  half: HALF,
  imagenet: IMAGENET,
  unit: UNIT,
  pixels: PIXELS,
};

/** Name of a normalisation in a config, or undefined if it has none. */
export const normalisationName = ({ mean, std }: PixelNormalisation): NormalisationName | undefined =>
  NORMALISATION_NAMES.find((name) => {
    const known = NORMALISATIONS[name];
    return (
      mean.every((value, i) => value === known.mean[i]) && std.every((value, i) => value === known.std[i])
    );
  });

/** Largest height or width of a network's input, pixels. */
export const MAX_SIDE = 2048;

/**
 * Index of a channel (0 red, 1 green, 2 blue) for which a normalisation gives unusable numbers: NaN, or values too
 * large or too close together. Undefined if all channels are usable.
 */
export function unusableChannel({ mean, std }: PixelNormalisation): 0 | 1 | 2 | undefined {
  return ([0, 1, 2] as const).find((channel) => {
    const [black, white] = [0, 1].map((pixel) => (pixel - mean[channel]) / std[channel]);
    const range = white - black;
    return !(std[channel] > 0 && range > 1e-6 && Math.max(Math.abs(black), Math.abs(white)) < 1e6);
  });
}

/** Pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** How an image gets the size of the network's input. */
export interface ResizeRule extends ImageSize {
  /**
   * If set, the shorter side of the image is resized to this many pixels (bicubic, antialiased) and the centre is
   * cropped; must be at least height and width. Default: the whole image is stretched, bilinearly.
   */
  readonly resize?: { readonly shortSide: number };
}

/** How a decoded RGB image becomes the network's input (docs/method.md#preprocessing). */
export interface Preprocessing extends ResizeRule {
  readonly normalisation: PixelNormalisation;
}

/**
 * Why an image with this shorter side is too small to crop, as the end of a sentence; undefined if it is large enough.
 */
export const tooShort = ({ height, width, resize }: ResizeRule): string | undefined =>
  resize && resize.shortSide < Math.max(height, width)
    ? `images are resized to a shorter side of ${resize.shortSide} pixels, too small to crop ${height} x ${width} from`
    : undefined;
