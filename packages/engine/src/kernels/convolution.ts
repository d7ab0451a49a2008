import type { TensorInfo } from '@tensorflow/tfjs-core';
import { outputSize } from '../padding/resolve-padding.js';
import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel, type Attributes } from '../wasm/register.js';
import { activationArguments } from './activation-code.js';
import { ofInputGradient, tiledSizes, winogradBytes, winogradPays } from './winograd.js';

/** Stride and zeros of a convolution, with the shapes of its input [N, H, W, C] and its weight. */
export interface Window {
  readonly stride: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly xShape: readonly number[];
  readonly wShape: readonly number[];
}

/** Dense convolution with any padding and stride: `PolytagConv2D`. */
export const runConvolution = registerTrainingKernel({
  name: 'PolytagConv2D',
  kernel({ x, weight }, attributes) {
    const { outputShape, sizes, workBytes, tiled } = geometry({
      ...windowOf(attributes),
      xShape: x.shape,
      wShape: weight.shape,
    });
    const y = output(outputShape);
    const { convForward, winogradForward } = kernels();
    if (tiled && winogradPays(tiled)) {
      const work = scratch(winogradBytes(tiled, 'value'));
      winogradForward(address(x), address(weight), address(y), ...tiledSizes(tiled), 0, work);
    } else {
      const work = scratch(workBytes);
      convForward(address(x), address(weight), address(y), ...sizes, work);
    }
    return y;
  },
  gradient: {
    inputs: ['x', 'weight'],
    of: (dy, [x, weight], attributes) => {
      const shapes = { ...attributes, xShape: x.shape, wShape: weight.shape };
      return {
        x: () => runInputGradient({ dy, weight }, shapes),
        weight: () => runWeightGradient({ x, dy }, shapes),
      };
    },
  },
});

/** With bias and activation (attributes `activation` and `slope`), for inference: `PolytagFusedConv2D`. */
export const runFusedConvolution = registerTrainingKernel({
  name: 'PolytagFusedConv2D',
  kernel({ x, weight, bias }, attributes) {
    const { outputShape, sizes, workBytes, tiled } = geometry({
      ...windowOf(attributes),
      xShape: x.shape,
      wShape: weight.shape,
    });
    const y = output(outputShape);
    const end = activationArguments(attributes);
    const { convFused, winogradFused } = kernels();
    if (tiled && winogradPays(tiled)) {
      const work = scratch(winogradBytes(tiled, 'value'));
      const [px, pw, py, pb] = [x, weight, y, bias].map(address);
      winogradFused(px, pw, py, ...tiledSizes(tiled), pb, ...end, work);
    } else {
      const work = scratch(workBytes);
      const [px, pw, py, pb] = [x, weight, y, bias].map(address);
      convFused(px, pw, py, ...sizes, pb, ...end, work);
    }
    return y;
  },
});

const runInputGradient = registerTrainingKernel({
  name: 'PolytagConv2DInputGradient',
  kernel({ dy, weight }, attributes) {
    const window = windowOf(attributes);
    const { sizes, workBytes, tiled } = geometry(window);
    const dx = output(window.xShape);
    const { convInputGradient, winogradForward } = kernels();
    const turned = tiled && ofInputGradient(tiled);
    if (turned && winogradPays(turned)) {
      const work = scratch(winogradBytes(turned, 'value'));
      winogradForward(address(dy), address(weight), address(dx), ...tiledSizes(turned), 1, work);
    } else {
      const work = scratch(workBytes);
      convInputGradient(address(dy), address(weight), address(dx), ...sizes, work);
    }
    return dx;
  },
});

const runWeightGradient = registerTrainingKernel({
  name: 'PolytagConv2DWeightGradient',
  kernel: ({ x, dy }, attributes) => convolutionWeightGradient(x, dy, windowOf(attributes)),
});

/** Gradient of a convolution's weight. */
export function convolutionWeightGradient(x: TensorInfo, dy: TensorInfo, window: Window): TensorInfo {
  const { sizes, workBytes, tiled } = geometry(window);
  const dw = output(window.wShape);
  const { convWeightGradient, winogradWeightGradient } = kernels();
  if (tiled && winogradPays(tiled)) {
    const work = scratch(winogradBytes(tiled, 'weight'));
    winogradWeightGradient(address(x), address(dy), address(dw), ...tiledSizes(tiled), work);
  } else {
    const work = scratch(workBytes);
    convWeightGradient(address(x), address(dy), address(dw), ...sizes, work);
  }
  return dw;
}

const windowOf = (attributes: Attributes): Window => attributes as unknown as Window;

/** What the kernels share: N, H, W, C, KH, KW, stride, top, left, OH, OW, out channels. */
function geometry({ stride, top, bottom, left, right, xShape, wShape }: Window) {
  const [n, h, w, c] = xShape;
  const [kh, kw, , filters] = wShape;
  const oh = outputSize(h, kh, stride, top, bottom);
  const ow = outputSize(w, kw, stride, left, right);
  const size = { images: n, height: h, width: w, channels: c, outHeight: oh, outWidth: ow, filters };
  return {
    outputShape: [n, oh, ow, filters],
    sizes: [n, h, w, c, kh, kw, stride, top, left, oh, ow, filters],
    workBytes: kernels().convWorkBytes(kh * kw * c, n * oh * ow) >>> 0,
    /** For Winograd's kernels; undefined where the kernel or the stride is another. */
    tiled: kh === 3 && kw === 3 && stride === 1 ? { ...size, top, left } : undefined,
  };
}
