import { conv2d, grads, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { replaceCpuWeightGradient } from './cpu-weight-gradient.js';

type Shape4D = [number, number, number, number];

const cases: [stride: number, pad: 'valid' | 'same', image: Shape4D, weight: Shape4D][] = [
  [1, 'valid', [2, 6, 5, 3], [3, 3, 3, 4]],
  [2, 'same', [1, 7, 8, 2], [5, 3, 2, 3]],
];

function weightGradients(): Float32Array[] {
  const random = new RandomStream(1, 'gradient');
  return cases.map(([stride, pad, ...shapes]) => {
    const inputs = shapes.map((shape) =>
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
        shape,
      ),
    );
    const loss = (image: Tensor, weight: Tensor) =>
      conv2d(image.as4D(...shapes[0]), weight.as4D(...shapes[1]), stride, pad)
        .square()
        .sum();
    return grads(loss)(inputs)[1].dataSync<'float32'>();
  });
}

it('gives what the stock kernel gives', async () => {
  await useEngine('cpu');
  const stock = weightGradients();
  replaceCpuWeightGradient();
  weightGradients().forEach((gradient, i) => {
    const absmax = Math.max(...stock[i].map(Math.abs));
    gradient.forEach((value, k) => expect(Math.abs(value - stock[i][k])).toBeLessThan(1e-5 * absmax));
  });
});
