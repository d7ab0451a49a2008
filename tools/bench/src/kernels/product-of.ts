import type { KernelCall } from './observe-kernels.js';

/** A kernel call that multiplies, with its arithmetic. */
export interface Product {
  /** What is multiplied, with its shape: the same text for the same work. */
  readonly shape: string;
  readonly kind: 'dense' | 'depthwise' | 'pointwise' | 'linear';
  readonly pass: 'forward' | 'dX' | 'dW';
  /** Floating-point operations: a multiply and an add for each term. */
  readonly operations: number;
}

const KERNEL = /^Polytag(Conv2D|DepthwiseConv2D|Linear)(InputGradient|WeightGradient)?$/;
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** The product that a call computes, or undefined when it computes something else. */
export function productOf({ name, inputs, attributes }: Omit<KernelCall, 'ms'>): Product | undefined {
  const match = KERNEL.exec(name);
  if (!match) return undefined;
  const pass = match[2] === undefined ? 'forward' : match[2] === 'InputGradient' ? 'dX' : 'dW';
  const shapeOf = (input: string) => inputs[input]?.shape;
  if (match[1] === 'Linear') return { pass, ...linear(shapeOf('x'), shapeOf('dy'), shapeOf('weight')) };
  const x = shapeOf('x') ?? (attributes['xShape'] as number[]);
  const weight = shapeOf('weight') ?? (attributes['wShape'] as number[]);
  return {
    pass,
    ...convolution(match[1] === 'Conv2D' ? 'dense' : 'depthwise', x, weight, attributes),
  };
}

/** Each pass knows two of input, gradient of the output, and weight [in, out]. */
function linear(x?: readonly number[], dy?: readonly number[], weight?: readonly number[]) {
  const inputs = weight?.[0] ?? x!.at(-1)!;
  const outputs = weight?.[1] ?? dy!.at(-1)!;
  const places = (x ?? dy)!.slice(0, -1);
  const kind = places.length === 3 ? ('pointwise' as const) : ('linear' as const);
  return {
    kind,
    shape: `${kind} ${places.join('x')} ${inputs}->${outputs}`,
    operations: 2 * sizeOf(places) * inputs * outputs,
  };
}

function convolution(
  kind: 'dense' | 'depthwise',
  [n, h, w]: readonly number[],
  [kh, kw, channels, filters]: readonly number[],
  attributes: KernelCall['attributes'],
) {
  const { stride, top, bottom, left, right } = attributes as Record<string, number>;
  const oh = Math.floor((h + top + bottom - kh) / stride) + 1;
  const ow = Math.floor((w + left + right - kw) / stride) + 1;
  const width = kind === 'dense' ? `${channels}->${filters}` : `${channels}`;
  return {
    kind,
    shape: `${kind} ${kh}x${kw}/${stride} ${n}x${h}x${w} ${width}`,
    operations: 2 * n * oh * ow * kh * kw * channels * filters,
  };
}
