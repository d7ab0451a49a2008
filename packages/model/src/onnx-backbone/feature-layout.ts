import { shapeText, UsageError } from '@polytag/core';

/**
 * How an encoder gives its features. `tokens`: [B, T, C], one for each patch, row by row, after some that are none, such as a
 * class token. `map`: [B, C, h, w] or [B, h, w, C]. `vector`: [B, C].
 */
export type FeatureLayout = 'tokens' | 'map' | 'vector';

/** The place of the channels among the axes of an image or a map. */
export type ChannelAxis = 'first' | 'last';

export interface LayoutOptions {
  /** Default: by the number of axes. */
  readonly layout?: FeatureLayout;
  /** Of a map. Default: where the rest has the form of the image; where both have, as in the images. */
  readonly channels?: ChannelAxis;
  /** Leading tokens that are no patches. Default: 0, 1 (a class token) or 5 (with four registers), which leaves a grid first. */
  readonly skipTokens?: number;
}

/** What of an output is which part of the feature map. */
export interface FeatureArrangement {
  readonly layout: FeatureLayout;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Of tokens. */
  readonly skip: number;
  /** Of a map. */
  readonly channelAxis: ChannelAxis;
}

/** Axes of each layout, the batch one of them. */
const RANKS: Readonly<Record<FeatureLayout, number>> = { vector: 2, tokens: 3, map: 4 };
/** Leading tokens of published encoders: none, a class token, a class token and four registers (DINOv2, DINOv3). */
const USUAL_SKIPS = [0, 1, 5];

/**
 * How a feature map lies in an output.
 *
 * @param shape of the output for one image: [1, …]
 * @param image its height and width, and where its channels are
 * @param what the output, as errors call it
 * @throws UsageError `usage/onnx-layout` when the layout does not fit the shape
 */
export function arrangement(
  shape: readonly number[],
  image: { readonly height: number; readonly width: number; readonly channelAxis: ChannelAxis },
  options: LayoutOptions,
  what: string,
): FeatureArrangement {
  const found = (Object.keys(RANKS) as FeatureLayout[]).find((layout) => RANKS[layout] === shape.length);
  const layout = options.layout ?? found;
  const refuse = (problem: string, hint: string) =>
    new UsageError('usage/onnx-layout', `${what} has shape ${shapeText(shape)} for one image: ${problem}.`, {
      hint,
    });
  if (layout === undefined || layout !== found) {
    throw refuse(
      layout === undefined
        ? 'a feature map cannot have so many axes'
        : `it does not match the layout ${layout}`,
      `${found ? `Set layout: ${found}, or choose another output.` : 'Choose another output.'} Layouts: tokens [B, T, C], map [B, C, h, w] or [B, h, w, C], vector [B, C].`,
    );
  }
  if (shape[0] !== 1)
    throw refuse(
      'the batch is not the first axis',
      'Choose another output, or export the network with the batch first.',
    );
  const rest = shape.slice(1);
  if (layout !== 'map' && options.channels !== undefined)
    throw refuse('channels can be first or last only in a map', 'Remove channels.');
  if (layout !== 'tokens' && options.skipTokens !== undefined)
    throw refuse('skipTokens works with tokens only', 'Remove skipTokens.');
  const plain = { layout, skip: 0, channelAxis: 'last' } as const;
  if (layout === 'vector') return { ...plain, height: 1, width: 1, channels: rest[0] };
  if (layout === 'map') return { ...plain, ...mapArrangement(rest, image, options.channels) };
  const [tokens, channels] = rest;
  const skips = options.skipTokens === undefined ? USUAL_SKIPS : [options.skipTokens];
  for (const skip of skips) {
    const grid = gridOf(tokens - skip, image);
    if (grid) return { ...plain, ...grid, channels, skip };
  }
  throw refuse(
    `${skips.map((skip) => tokens - skip).join(', ')} patches do not form a grid for ${image.height} x ${image.width} pixels`,
    'Set the number of leading tokens that are not patches, e.g. skipTokens: 1 for a class token; or make height and width multiples of the patch size.',
  );
}

/** Rows and columns of so many patches, as many pixels high as wide. */
function gridOf(
  patches: number,
  { height, width }: { readonly height: number; readonly width: number },
): { readonly height: number; readonly width: number } | undefined {
  const rows = Math.sqrt((patches * height) / width);
  const columns = Math.sqrt((patches * width) / height);
  const isWhole = patches > 0 && Number.isInteger(rows) && Number.isInteger(columns);
  return isWhole ? { height: rows, width: columns } : undefined;
}

function mapArrangement(
  [a, b, c]: readonly number[],
  image: { readonly height: number; readonly width: number; readonly channelAxis: ChannelAxis },
  given: ChannelAxis | undefined,
): Pick<FeatureArrangement, 'height' | 'width' | 'channels' | 'channelAxis'> {
  const first = { height: b, width: c, channels: a, channelAxis: 'first' } as const;
  const last = { height: a, width: b, channels: c, channelAxis: 'last' } as const;
  if (given) return given === 'first' ? first : last;
  const fits = [first, last].filter((one) => hasForm(one, image));
  return fits.length === 1 ? fits[0] : image.channelAxis === 'first' ? first : last;
}

/** Whether cells of one size cover the image, the last of them perhaps in part. */
function hasForm(
  map: { readonly height: number; readonly width: number },
  image: { readonly height: number; readonly width: number },
): boolean {
  const stride = Math.max(image.height / map.height, image.width / map.width);
  return [map.height - image.height / stride, map.width - image.width / stride].every(
    (difference) => difference >= 0 && difference < 1,
  );
}
