import type { runningAverageKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import type { KernelOf } from './kernel.js';
import { sizeOf } from './shapes.js';

export const runningAverage: KernelOf<typeof runningAverageKernel> = {
  kernel({ average, value }, { decay, fresh }) {
    const y = output(average.shape);
    kernels().runningAverage({ average, value, y, n: sizeOf(average.shape), decay, fresh });
    return y;
  },
};
