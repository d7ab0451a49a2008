// Gradients of tfjs 4.22 that are wrong, or fail, on every engine. The derivatives of what is linear in its input (resizing,
// reflection at the borders, cumulated sums) are that map's transpose.
import {
  AvgPool,
  AvgPool3D,
  backend_util,
  BatchMatMul,
  broadcast_util,
  cumsum,
  Cumsum,
  getGradient,
  matMul,
  Maximum,
  Minimum,
  MirrorPad,
  mul,
  Prod,
  registerGradient,
  reshape,
  ResizeBilinear,
  ResizeNearestNeighbor,
  SquaredDifference,
  sum,
  tensor,
  util,
  type GradConfig,
  type Tensor,
} from '@tensorflow/tfjs-core';

type Attributes = Readonly<Record<string, never>>;
type Gradients = Record<string, () => Tensor>;
type Gradient = (dy: Tensor, saved: Tensor[], attributes: Attributes) => Gradients;

let mended = false;

/** Puts right gradients in the place of tfjs's own; call it once those are registered. */
export function mendGradients(): void {
  if (mended) return;
  for (const [kernelName, mend] of Object.entries(MENDED)) {
    const stock = getGradient(kernelName);
    if (!stock) continue;
    const gradFunc = mend(stock.gradFunc as Gradient);
    registerGradient({ ...stock, gradFunc: gradFunc as unknown as GradConfig['gradFunc'] });
  }
  mended = true;
}

/** tfjs gives them the shape of the result also where an input was broadcast to it. */
const summed =
  (stock: Gradient): Gradient =>
  (dy, saved, attributes) => {
    const gradients = stock(dy, saved, attributes);
    return Object.fromEntries(
      ['a', 'b'].map((input, i) => [input, () => sumTo(gradients[input](), saved[i].shape)]),
    );
  };

function sumTo(gradient: Tensor, shape: number[]): Tensor {
  if (util.arraysEqual(gradient.shape, shape)) return gradient;
  return reshape(sum(gradient, broadcast_util.getReductionAxes(shape, gradient.shape)), shape);
}

/** The mean is over the places of a window inside the image; tfjs's gradient divides by the whole window. */
const averaged =
  (axes: 2 | 3) =>
  (stock: Gradient): Gradient =>
  (dy, saved, attributes) => {
    const { filterSize, strides, pad, dimRoundingMode } = attributes;
    const { shape } = saved[0];
    const info =
      axes === 2
        ? backend_util.computePool2DInfo(shape as never, filterSize, strides, 1, pad, dimRoundingMode)
        : backend_util.computePool3DInfo(shape as never, filterSize, strides, 1, pad, dimRoundingMode);
    const of = info as unknown as Record<string, number>;
    const { padInfo } = info as unknown as { padInfo: Record<string, number> };
    const factors = (['Depth', 'Height', 'Width'] as const).slice(-axes).map((axis) => ({
      size: of[`in${axis}`],
      kernel: of[`filter${axis}`],
      stride: of[`stride${axis}`],
      count: of[`out${axis}`],
      before: padInfo[{ Depth: 'front', Height: 'top', Width: 'left' }[axis]],
    }));
    const scaled = factors.reduce((gradient, axis, i) => {
      const parts = Float32Array.from({ length: axis.count }, (_, at) => {
        const from = at * axis.stride - axis.before;
        return axis.kernel / (Math.min(from + axis.kernel, axis.size) - Math.max(from, 0));
      });
      if (parts.every((part) => part === 1)) return gradient;
      const along = shape.map((_, k) => (k === i + 1 ? axis.count : 1));
      return mul(gradient, tensor(parts, along));
    }, dy);
    return stock(scaled, saved, attributes);
  };

/** For each place of the result along an axis, the places of the input that it comes from, with their weights. */
type Sources = readonly (readonly (readonly [place: number, weight: number])[])[];

/** The transpose of a map along one axis: [.., out, ..] to [.., in, ..]. */
function transposed(dy: Tensor, axis: number, size: number, sources: Sources): Tensor {
  const matrix = new Float32Array(sources.length * size);
  sources.forEach((parts, row) => parts.forEach(([place, weight]) => (matrix[row * size + place] += weight)));
  const [before, after] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)];
  const flat = [util.sizeFromShape(before), sources.length, util.sizeFromShape(after)];
  const weights = tensor(matrix, [1, sources.length, size]);
  return reshape(matMul(weights, reshape(dy, flat), true), [...before, size, ...after]);
}

const resized =
  (sourcesOf: (size: number, to: number, alignCorners: boolean, halfPixels: boolean) => Sources) =>
  (): Gradient =>
  (dy, [images], { alignCorners, halfPixelCenters }) => ({
    images: () =>
      [1, 2].reduce((gradient, axis) => {
        const size = images.shape[axis];
        const sources = sourcesOf(size, dy.shape[axis], alignCorners, halfPixelCenters);
        return transposed(gradient, axis, size, sources);
      }, dy),
  });

/** Input places to an output place. */
const ratio = (size: number, to: number, alignCorners: boolean): number =>
  alignCorners && to > 1 ? (size - 1) / (to - 1) : size / to;

function nearest(size: number, to: number, alignCorners: boolean, halfPixels: boolean): Sources {
  return Array.from({ length: to }, (_, at) => {
    const place = ratio(size, to, alignCorners) * (halfPixels ? at + 0.5 : at);
    return [[Math.min(size - 1, alignCorners ? Math.round(place) : Math.floor(place)), 1]];
  });
}

function bilinear(size: number, to: number, alignCorners: boolean, halfPixels: boolean): Sources {
  return Array.from({ length: to }, (_, at) => {
    const scale = ratio(size, to, alignCorners);
    const place = halfPixels ? scale * (at + 0.5) - 0.5 : scale * at;
    const first = Math.max(0, Math.floor(place));
    const second = Math.max(0, Math.min(size - 1, Math.ceil(place)));
    return [
      [first, 1 - (place - first)],
      [second, place - first],
    ];
  });
}

const reflected =
  (): Gradient =>
  (dy, [x], attributes) => {
    const { paddings, mode } = attributes as unknown as { paddings: [number, number][]; mode: string };
    const skip = mode === 'reflect' ? 1 : 0;
    return {
      x: () =>
        paddings.reduce((gradient, [before, after], axis) => {
          if (before + after === 0) return gradient;
          const size = x.shape[axis];
          const sources = Array.from({ length: before + size + after }, (_, at): Sources[number] => {
            const place = at - before;
            const inside = place < 0 ? -place - 1 + skip : place < size ? place : 2 * size - 1 - skip - place;
            return [[inside, 1]];
          });
          return transposed(gradient, axis, size, sources);
        }, dy),
    };
  };

const cumulated = (): Gradient => (dy, _saved, attributes) => {
  const { axis, exclusive, reverse } = attributes as unknown as Record<'exclusive' | 'reverse', boolean> & {
    axis: number;
  };
  return { x: () => cumsum(dy, axis, exclusive, !reverse) };
};

/** tfjs does not understand an axis counted from the end there. */
const multiplied =
  (stock: Gradient): Gradient =>
  (dy, saved, attributes) => {
    const axis = util.parseAxisParam(attributes.axis as number | number[], saved[0].shape);
    return stock(dy, saved, { ...attributes, axis } as unknown as Attributes);
  };

const MENDED: Record<string, (stock: Gradient) => Gradient> = {
  [AvgPool]: averaged(2),
  [AvgPool3D]: averaged(3),
  [BatchMatMul]: summed,
  [Cumsum]: cumulated,
  [Maximum]: summed,
  [Minimum]: summed,
  [MirrorPad]: reflected,
  [Prod]: multiplied,
  [ResizeBilinear]: resized(bilinear),
  [ResizeNearestNeighbor]: resized(nearest),
  [SquaredDifference]: summed,
};
