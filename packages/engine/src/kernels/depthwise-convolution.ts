import type { TensorInfo } from '@tensorflow/tfjs-core';
import { outputSize } from '../padding/resolve-padding.js';
import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel, type Attributes } from '../wasm/register.js';

interface Geometry {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  /** Channels rounded up to a multiple of 4, which the kernels work on. */
  readonly wide: number;
  readonly kh: number;
  readonly kw: number;
  readonly stride: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly oh: number;
  readonly ow: number;
}

function geometry(xShape: readonly number[], wShape: readonly number[], attributes: Attributes): Geometry {
  const { stride, top, bottom, left, right } = attributes as Record<string, number>;
  const [n, h, w, c] = xShape;
  const [kh, kw] = wShape;
  const oh = outputSize(h, kh, stride, top, bottom);
  const ow = outputSize(w, kw, stride, left, right);
  return { n, h, w, c, wide: Math.ceil(c / 4) * 4, kh, kw, stride, top, bottom, left, right, oh, ow };
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
  const a = work + Math.ceil(workBytes / 16) * 16;
  const b = a + bytes(first);
  const r = b + bytes(second);
  const { widen, narrow } = kernels();
  widen(address(first), a, rows(first), c, wide);
  widen(address(second), b, rows(second), c, wide);
  compute(a, b, r, work);
  narrow(r, address(result), rows(result), c, wide);
}

/** Depthwise convolution with any padding and stride: `PolytagDepthwiseConv2D`. */
export const runDepthwise = registerTrainingKernel({
  name: 'PolytagDepthwiseConv2D',
  kernel({ x, weight }, attributes) {
    const g = geometry(x.shape, weight.shape, attributes);
    const y = output([g.n, g.oh, g.ow, g.c]);
    const sides = [g.top, g.bottom, g.left, g.right];
    onWideChannels(g, paddedBytes(g), [x, weight, y], (px, pw, py, work) =>
      kernels().depthwiseForward(
        ...[px, pw, py, g.n, g.h, g.w, g.wide, g.kh, g.kw, g.stride, ...sides, g.oh, g.ow, work],
      ),
    );
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
  name: 'PolytagDepthwiseConv2DInputGradient',
  kernel({ dy, weight }, attributes) {
    const shape = attributes['shape'] as readonly number[];
    const g = geometry(shape, weight.shape, attributes);
    const dx = output(shape);
    // Input pixel i sees output pixel (i + before - tap)/stride: as many zeros before and after as keep all of them inside.
    const reach = (size: number, before: number, kernel: number, out: number): [number, number] => {
      const zeros = Math.max(0, Math.floor((kernel - 1 - before) / g.stride));
      return [zeros, zeros + Math.max(out, Math.floor((size - 1 + before) / g.stride) + 1)];
    };
    const [beforeH, padH] = reach(g.h, g.top, g.kh, g.oh);
    const [beforeW, padW] = reach(g.w, g.left, g.kw, g.ow);
    onWideChannels(g, padH * padW * g.wide * 4, [dy, weight, dx], (pdy, pw, pdx, work) =>
      kernels().depthwiseInputGradient(
        ...[pdy, pw, pdx, g.n, g.h, g.w, g.wide, g.kh, g.kw, g.stride, g.top, g.left, g.oh, g.ow],
        ...[beforeH, padH, beforeW, padW, work],
      ),
    );
    return dx;
  },
});

const runWeightGradient = registerTrainingKernel({
  name: 'PolytagDepthwiseConv2DWeightGradient',
  kernel({ x, dy }, attributes) {
    const shape = attributes['shape'] as readonly number[];
    const g = geometry(x.shape, shape, attributes);
    const dw = output(shape);
    const sides = [g.top, g.bottom, g.left, g.right];
    onWideChannels(g, paddedBytes(g) + g.kh * g.kw * g.wide * 4, [x, dy, dw], (px, pdy, pdw, work) =>
      kernels().depthwiseWeightGradient(
        ...[px, pdy, pdw, g.n, g.h, g.w, g.wide, g.kh, g.kw, g.stride, ...sides, g.oh, g.ow, work],
      ),
    );
    return dw;
  },
});

/** One image with its padding. */
function paddedBytes(g: Geometry): number {
  return (g.top + g.h + g.bottom) * (g.left + g.w + g.right) * g.wide * 4;
}
