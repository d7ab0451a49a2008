import { grad, sum, tensor2d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { notPromise, type Loss } from '@polytag/core';
import type { Demand } from '../rules/conformance-error.js';

export interface LossInput {
  /** [rows, labels], row-major. */
  readonly outputs: Float32Array;
  readonly targets: Float32Array;
  readonly rows: number;
  readonly labels: number;
  readonly scale: number;
}

export interface LossAt {
  /** Of each element; of a batchwise loss, its one value. */
  readonly values: Float32Array;
  /** Of the sum over all elements, or of the one value. */
  readonly gradients: Float32Array;
}

/** Values and gradients of a loss, and the rules on how it treats its tensors. */
export async function lossAt(
  loss: Loss,
  { outputs, targets, rows, labels, scale }: LossInput,
  demand: Demand,
): Promise<LossAt> {
  const x = tensor2d(outputs, [rows, labels]);
  const y = tensor2d(targets, [rows, labels]);
  try {
    const { method, at, expected } =
      loss.kind === 'batchwise'
        ? { method: 'batchwise', at: (z: Tensor2D): Tensor => loss.batchwise(z, y, scale), expected: '' }
        : {
            method: 'elementwise',
            at: (z: Tensor2D): Tensor => loss.elementwise(z, y, scale),
            expected: `${rows},${labels}`,
          };
    const value = tidy(() => {
      const result = notPromise(`loss "${loss.name}"`, method, at(x));
      const { shape, dtype } = (result ?? {}) as Partial<Tensor>;
      demand('shape', Array.isArray(shape), `it gives ${String(result)}, not a tensor`);
      demand(
        'shape',
        shape!.join() === expected && dtype === 'float32',
        () => `outputs [${rows}, ${labels}] give [${shape!.join(', ')}] of type ${dtype}`,
      );
      return result;
    });
    const gradient = tidy(() => grad((z: Tensor) => sum(at(z as Tensor2D)))(x));
    demand('inputs', !x.isDisposed && !y.isDisposed, 'it disposed its outputs or targets');
    const values = Float32Array.from(await value.data());
    const gradients = Float32Array.from(await gradient.data());
    value.dispose();
    gradient.dispose();
    return { values, gradients };
  } finally {
    if (!x.isDisposed) x.dispose();
    if (!y.isDisposed) y.dispose();
  }
}
