import type { TensorInfo } from '@tensorflow/tfjs-core';
import { outputSize } from '../padding/resolve-padding.js';
import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel, type Attributes } from '../wasm/register.js';
import { activationArguments } from './activation-code.js';
import type { Window } from './convolution.js';

/** Depthwise convolution with any padding and stride: `PolytagDepthwiseConv2D`. */
export const runDepthwise = registerTrainingKernel({
  name: 'PolytagDepthwiseConv2D',
  kernel({ x, weight }, attributes) {
    const g = geometry({ ...windowOf(attributes), xShape: x.shape, wShape: weight.shape });
    const y = output([g.n, g.oh, g.ow, g.c]);
    onWideChannels(g, workBytes(g), [x, weight, y], (px, pw, py, work) => {
      kernels().depthwiseForward(px, pw, py, ...sizesOf(g), work);
    });
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

/** With bias and activation (attributes `activation` and `slope`), for inference: `PolytagFusedDepthwiseConv2D`. */
export const runFusedDepthwise = registerTrainingKernel({
  name: 'PolytagFusedDepthwiseConv2D',
  kernel({ x, weight, bias }, attributes) {
    const g = geometry({ ...windowOf(attributes), xShape: x.shape, wShape: weight.shape });
    const y = output([g.n, g.oh, g.ow, g.c]);
    const biasBytes = g.wide * 4;
    onWideChannels(g, biasBytes + workBytes(g), [x, weight, y], (px, pw, py, work) => {
      kernels().widen(address(bias), work, 1, g.c, g.wide);
      const end = activationArguments(attributes);
      kernels().depthwiseFused(px, pw, py, ...sizesOf(g), work, ...end, work + biasBytes);
    });
    return y;
  },
});

const runInputGradient = registerTrainingKernel({
  name: 'PolytagDepthwiseConv2DInputGradient',
  kernel: ({ dy, weight }, attributes) => depthwiseInputGradient(dy, weight, windowOf(attributes)),
});

const runWeightGradient = registerTrainingKernel({
  name: 'PolytagDepthwiseConv2DWeightGradient',
  kernel: ({ x, dy }, attributes) => depthwiseWeightGradient(x, dy, windowOf(attributes)),
});

/** Gradient of a depthwise convolution's input. */
export function depthwiseInputGradient(dy: TensorInfo, weight: TensorInfo, window: Window): TensorInfo {
  const g = geometry(window);
  const dx = output(window.xShape);
  onWideChannels(g, workBytes(g), [dy, weight, dx], (pdy, pw, pdx, work) => {
    kernels().depthwiseInputGradient(pdy, pw, pdx, ...sizesOf(g), work);
  });
  return dx;
}

/** Gradient of a depthwise convolution's weight. */
export function depthwiseWeightGradient(x: TensorInfo, dy: TensorInfo, window: Window): TensorInfo {
  const g = geometry(window);
  const dw = output(window.wShape);
  onWideChannels(g, workBytes(g), [x, dy, dw], (px, pdy, pdw, work) => {
    kernels().depthwiseWeightGradient(px, pdy, pdw, ...sizesOf(g), work);
  });
  return dw;
}

const windowOf = (attributes: Attributes): Window => attributes as unknown as Window;

interface Geometry extends Window {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  /** Channels rounded up to a multiple of 4, which the kernels work on. */
  readonly wide: number;
  readonly kh: number;
  readonly kw: number;
  readonly oh: number;
  readonly ow: number;
}

function geometry(window: Window): Geometry {
  const { stride, top, bottom, left, right, xShape, wShape } = window;
  const [n, h, w, c] = xShape;
  const [kh, kw] = wShape;
  const oh = outputSize(h, kh, stride, top, bottom);
  const ow = outputSize(w, kw, stride, left, right);
  return { ...window, n, h, w, c, wide: Math.ceil(c / 4) * 4, kh, kw, oh, ow };
}

/** What all of the kernels take. */
const sizesOf = (g: Geometry): number[] => [
  ...[g.n, g.h, g.w, g.wide, g.kh, g.kw, g.stride],
  ...[g.top, g.left, g.oh, g.ow],
];

/** Bytes of working memory of each of the kernels, a multiple of 16. */
function workBytes(g: Geometry): number {
  return Math.ceil((kernels().depthwiseWorkBytes(g.wide, g.kh, g.kw, g.stride) >>> 0) / 16) * 16;
}

/**
 * Runs `compute(first, second, result, work)` on data whose channels are a multiple of 4. Where the tensors' are not,
 * the operands are copied to working memory with zero channels at their ends and the result is copied back without them.
 */
function onWideChannels(
  { c, wide }: Geometry,
  workBytes: number,
  [first, second, result]: readonly [TensorInfo, TensorInfo, TensorInfo],
  compute: (first: number, second: number, result: number, work: number) => void,
): void {
  if (c === wide) {
    const work = scratch(workBytes);
    compute(address(first), address(second), address(result), work);
    return;
  }
  const rows = (t: TensorInfo) => t.shape.reduce((a, b) => a * b, 1) / c;
  const bytes = (t: TensorInfo) => rows(t) * wide * 4;
  const work = scratch(workBytes + bytes(first) + bytes(second) + bytes(result));
  const a = work + workBytes;
  const b = a + bytes(first);
  const r = b + bytes(second);
  const { widen, narrow } = kernels();
  widen(address(first), a, rows(first), c, wide);
  widen(address(second), b, rows(second), c, wide);
  compute(a, b, r, work);
  narrow(r, address(result), rows(result), c, wide);
}
