import { outputSize } from '../padding/resolve-padding.js';
import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel, type Attributes } from '../wasm/register.js';

/** Sizes that the three kernels share: N, H, W, C, KH, KW, stride, top, left, OH, OW, out channels. */
function geometry(xShape: readonly number[], wShape: readonly number[], attributes: Attributes) {
  const { stride, top, bottom, left, right } = attributes as Record<string, number>;
  const [n, h, w, c] = xShape;
  const [kh, kw, , filters] = wShape;
  const oh = outputSize(h, kh, stride, top, bottom);
  const ow = outputSize(w, kw, stride, left, right);
  return {
    outputShape: [n, oh, ow, filters],
    sizes: [n, h, w, c, kh, kw, stride, top, left, oh, ow, filters],
    workBytes: () => kernels().convWorkBytes(kh * kw * c, n * oh * ow),
  };
}

/** Dense convolution with any padding and stride: `PolytagConv2D`. */
export const runConvolution = registerTrainingKernel({
  name: 'PolytagConv2D',
  kernel({ x, weight }, attributes) {
    const { outputShape, sizes, workBytes } = geometry(x.shape, weight.shape, attributes);
    const y = output(outputShape);
    const work = scratch(workBytes());
    kernels().convForward(address(x), address(weight), address(y), ...sizes, work);
    return y;
  },
  gradient: {
    inputs: ['x', 'weight'],
    of: (dy, [x, weight], attributes) => ({
      x: () => runInputGradient({ dy, weight }, { ...attributes, shape: x.shape }),
      weight: () => runWeightGradient({ x, dy }, { ...attributes, shape: weight.shape }),
    }),
  },
});

const runInputGradient = registerTrainingKernel({
  name: 'PolytagConv2DInputGradient',
  kernel({ dy, weight }, attributes) {
    const shape = attributes['shape'] as readonly number[];
    const { sizes, workBytes } = geometry(shape, weight.shape, attributes);
    const dx = output(shape);
    const work = scratch(workBytes());
    kernels().convInputGradient(address(dy), address(weight), address(dx), ...sizes, work);
    return dx;
  },
});

const runWeightGradient = registerTrainingKernel({
  name: 'PolytagConv2DWeightGradient',
  kernel({ x, dy }, attributes) {
    const shape = attributes['shape'] as readonly number[];
    const { sizes, workBytes } = geometry(x.shape, shape, attributes);
    const dw = output(shape);
    const work = scratch(workBytes());
    kernels().convWeightGradient(address(x), address(dy), address(dw), ...sizes, work);
    return dw;
  },
});
