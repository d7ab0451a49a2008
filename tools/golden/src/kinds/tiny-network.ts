import { LayerVariable, tensor, tidy, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs';
import { batchNormTrain, l2Normalise, linear, matMul } from '@polytag/ops';
import type { Parameter } from '@polytag/layers';
import type { Fixtures, GoldenCase } from '../fixtures.js';

/** The case's network, x -> fc1 -> bn1 -> tanh -> fc2, on the engine's own operations. */
export class TinyNetwork {
  readonly parameters: Parameter[];
  readonly #angular: boolean;
  readonly #batchNorm: boolean;

  constructor(golden: GoldenCase, fixtures: Fixtures, index: number) {
    this.#angular = golden['params'].loss === 'am_binary';
    this.#batchNorm = golden['params'].batchnorm;
    const keys = ['fc1.weight', 'fc1.bias'];
    if (this.#batchNorm) keys.push('bn1.weight', 'bn1.bias', 'bn1.running_mean', 'bn1.running_var');
    keys.push('fc2.weight', ...(this.#angular ? [] : ['fc2.bias']));
    this.parameters = keys.map((key) => {
      const layout =
        key.endsWith('weight') && !key.startsWith('bn') && !(key === 'fc2.weight' && this.#angular)
          ? 'linear'
          : 'plain';
      const { shape, data } = state(fixtures, golden, `init_m${index}`, key);
      const stored = tensor(Float32Array.from(data), shape);
      const initial = layout === 'linear' ? stored.transpose() : stored;
      const buffer = key.includes('running');
      const variable = new LayerVariable(initial, 'float32', key, !buffer);
      return { key, variable, layout, trainable: !buffer, buffer };
    });
  }

  parameter(key: string): Parameter {
    return this.parameters.find((parameter) => parameter.key === key)!;
  }

  weight(key: string): Tensor {
    return this.parameter(key).variable.read();
  }

  forward(x: Tensor): Tensor2D {
    let hidden = linear(x, this.weight('fc1.weight') as Tensor2D, this.weight('fc1.bias') as Tensor1D);
    if (this.#batchNorm) {
      const { output, mean, variance } = batchNormTrain(
        hidden,
        this.weight('bn1.weight') as Tensor1D,
        this.weight('bn1.bias') as Tensor1D,
        { epsilon: 1e-5 },
      );
      const size = hidden.shape[0]!;
      this.#blend('bn1.running_mean', mean);
      this.#blend('bn1.running_var', variance.mul(size / (size - 1)));
      hidden = output;
    }
    const features = hidden.tanh();
    const weight = this.weight('fc2.weight') as Tensor2D;
    if (!this.#angular) return linear(features, weight, this.weight('fc2.bias') as Tensor1D) as Tensor2D;
    return matMul(l2Normalise(features, 1), l2Normalise(weight, 0)).clipByValue(-1, 1) as Tensor2D;
  }

  #blend(key: string, seen: Tensor): void {
    const { variable } = this.parameter(key);
    variable.write(variable.read().mul(0.9).add(seen.mul(0.1)));
  }
}

export function state(fixtures: Fixtures, golden: GoldenCase, role: string, key: string) {
  const found = fixtures.named(golden.file!, `${golden['tensor_prefix']}/${role}/${key}`);
  return { shape: [...found.shape], data: found.data as Float64Array | Float32Array };
}

/** A parameter in checkpoint order. */
export async function stored(value: Tensor, { layout }: Parameter): Promise<Float32Array> {
  const ordered = tidy(() => (layout === 'linear' ? value.transpose() : value.clone()));
  const values = (await ordered.data<'float32'>()).slice();
  ordered.dispose();
  return values;
}
