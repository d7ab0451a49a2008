import { grads, ones, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { conv2d, matMul } from '@polytag/ops';
import { median } from '../median.js';
import { observeKernels } from './observe-kernels.js';
import { ProductSpeeds, type ProductSpeed } from './product-speeds.js';

/** Sides of square products: in the caches, and beyond them. */
const SQUARES = [256, 512, 1024];
const ORDERS = [
  ['A·B', {}],
  ['A·Bᵀ', { transposeB: true }],
  ['Aᵀ·B', { transposeA: true }],
] as const;

/** Products of square matrices, one after another, the operation around the kernel included. */
export function squareProducts(repeats: number): ProductSpeed[] {
  return SQUARES.flatMap((n) => {
    const [a, b] = [ones([n, n]), ones([n, n])];
    const speeds = ORDERS.map(([order, transposed]): ProductSpeed => {
      const once = () => {
        const start = performance.now();
        matMul(a, b, transposed).dispose();
        return performance.now() - start;
      };
      once();
      const ms = median(Array.from({ length: repeats }, once));
      const gigaflops = (2 * n ** 3) / ms / 1e6;
      return { shape: `matrices ${n}x${n} ${order}`, kind: 'linear', pass: 'forward', ms, gigaflops };
    });
    a.dispose();
    b.dispose();
    return speeds;
  });
}

/** A 3x3 convolution of a batch, all three passes. */
export function denseConvolution(batch: number, repeats: number): ProductSpeed[] {
  const [size, channels, filters] = [56, 32, 32];
  const x = ones([batch, size, size, channels]);
  const weight = ones([3, 3, channels, filters]);
  const padding = { top: 1, bottom: 1, left: 1, right: 1 };
  const gradients = grads((x: Tensor, weight: Tensor) =>
    conv2d(x as Tensor4D, weight as Tensor4D, { stride: 1, padding }),
  );
  const once = () => tidy(() => void gradients([x, weight]));
  once();
  const speeds = new ProductSpeeds();
  const stop = observeKernels(speeds.add);
  for (let i = 0; i < repeats; i++) once();
  stop();
  x.dispose();
  weight.dispose();
  return speeds.all();
}
