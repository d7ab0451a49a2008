import { partTitle, UsageError, type Backbone, type FeaturesWithClassToken } from '@polytag/core';
import { applyAgain, MeanOfAll, Mirrored, ResampledMap, ResizedImage } from '@polytag/layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { ViewsConfig } from '../config/model-config.js';

/** What a backbone makes of an image: its map, and the class token where a head reads it. */
export type BackboneFeatures = Pick<FeaturesWithClassToken, 'featureMap'> & Partial<FeaturesWithClassToken>;

/** An image as the backbone sees it once. */
interface View {
  readonly image: SymbolicTensor;
  readonly mirrored: boolean;
  readonly name: string;
}

/**
 * What a backbone sees of an image at several scales, and of its mirror images, as one feature map: each view's map brought to
 * the grid of the largest (a mirrored one mirrored back) and the mean of all taken, of class tokens too. All views share the
 * backbone's weights (docs/method.md#views).
 *
 * @param features applies the backbone; called once
 * @throws UsageError `usage/views` for scales of a backbone that takes images of one size
 */
export function featuresOfViews(
  backbone: Backbone,
  image: SymbolicTensor,
  { scales, mirrored }: ViewsConfig,
  features: (image: SymbolicTensor) => BackboneFeatures,
): BackboneFeatures {
  if (backbone.frozen !== undefined && scales.some((scale) => scale !== 1)) {
    throw new UsageError(
      'usage/views',
      `The ${partTitle('backbone', backbone)} takes images of one size, and model.views has the scales ${scales.join(', ')}.`,
      { hint: 'Leave out model.views.scales; mirrored: true is possible.' },
    );
  }
  const [first, ...others] = scales.flatMap((scale) => viewsAt(scale, image, mirrored));
  const once = features(first.image);
  const ends = [once.featureMap, ...(once.classToken ? [once.classToken] : [])];
  const subgraph = { inputs: [first.image], outputs: ends };
  const seen = [ends, ...others.map((view) => applyAgain(subgraph, [view.image]))].map(([map, token], i) => ({
    map,
    token,
    view: [first, ...others][i],
  }));
  const [rows, columns] = largestGrid(seen.map(({ map }) => map));
  const maps = seen.map(({ map, view }) => {
    const back = view.mirrored ? apply(new Mirrored({ name: `${view.name}.map` }), map) : map;
    const [, height, width] = back.shape;
    if (height === rows && width === columns) return back;
    return apply(new ResampledMap({ name: `${view.name}.grid`, height: rows, width: columns }), back);
  });
  const [featureMap, classToken] = [maps, seen.map(({ token }) => token)].map((all, i) =>
    all.every((one) => one !== undefined) ? mean(['views.map', 'views.class_token'][i], all) : undefined,
  );
  return { featureMap: featureMap!, ...(classToken && { classToken }) };
}

/** Whether a backbone sees each image once, as it is. */
export const isOneView = ({ scales, mirrored }: ViewsConfig): boolean =>
  !mirrored && scales.length === 1 && scales[0] === 1;

function viewsAt(scale: number, image: SymbolicTensor, mirrored: boolean): View[] {
  const name = `views.${scale}`;
  const [, height, width] = image.shape as number[];
  const size = { height: Math.round(scale * height), width: Math.round(scale * width) };
  const resized = scale === 1 ? image : apply(new ResizedImage({ name: `${name}.image`, ...size }), image);
  const view = { image: resized, mirrored: false, name };
  if (!mirrored) return [view];
  const other = `${name}.mirrored`;
  return [
    view,
    { image: apply(new Mirrored({ name: `${other}.image` }), resized), mirrored: true, name: other },
  ];
}

function largestGrid(maps: readonly SymbolicTensor[]): [rows: number, columns: number] {
  const extents = (axis: number) => Math.max(...maps.map(({ shape }) => shape[axis]!));
  return [extents(1), extents(2)];
}

const apply = (layer: ResizedImage | Mirrored | ResampledMap, x: SymbolicTensor): SymbolicTensor =>
  layer.apply(x) as SymbolicTensor;

const mean = (name: string, all: readonly SymbolicTensor[]): SymbolicTensor =>
  all.length === 1 ? all[0] : (new MeanOfAll({ name }).apply([...all]) as SymbolicTensor);
