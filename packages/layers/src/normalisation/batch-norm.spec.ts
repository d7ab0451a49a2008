import { grad, mul, sum, tensor2d, variableGrads, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { assignParameters } from '../parameters/assign-parameters.js';
import { BatchNorm, type BatchNormOptions } from './batch-norm.js';

beforeAll(() => useEngine('cpu'));

const state: Record<string, number[]> = {
  'bn.weight': [2, -1],
  'bn.bias': [0.5, 0.25],
  'bn.running_mean': [1, -2],
  'bn.running_var': [4, 0.25],
};

function layerWithState(options: Omit<BatchNormOptions, 'name'> = {}): BatchNorm {
  const layer = new BatchNorm({ name: 'bn', ...options });
  layer.build([null, 2]);
  assignParameters(layer.parameters, (key) => ({ shape: [2], data: state[key] }));
  return layer;
}

const numbers = (t: Tensor) => [...t.dataSync()];
const closeTo = (got: number[], expected: number[]) =>
  got.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));

describe('BatchNorm', () => {
  const x = [
    [1, 4],
    [2, 0],
    [6, 2],
  ];

  it('uses the running statistics outside training and leaves them alone', () => {
    const layer = layerWithState({ epsilon: 0.01 });
    const y = layer.apply(tensor2d(x)) as Tensor;
    const scale = [2 / Math.sqrt(4.01), -1 / Math.sqrt(0.26)];
    closeTo(
      numbers(y),
      x.flatMap(([a, b]) => [(a - 1) * scale[0] + 0.5, (b + 2) * scale[1] + 0.25]),
    );
    closeTo(numbers(layer.parameters[2].variable.read()), [1, -2]);
  });

  it('does so in training too when it is frozen', () => {
    const call = (frozen: string) =>
      layerWithState().apply(tensor2d(x), { training: true, frozenBatchNorms: new Set([frozen]) }) as Tensor;
    const inference = numbers(layerWithState().apply(tensor2d(x)) as Tensor);
    expect(numbers(call('bn'))).toEqual(inference);
    expect(numbers(call('another'))).not.toEqual(inference);
  });

  it('normalises with the biased variance in training and keeps the unbiased one', () => {
    const layer = layerWithState({ epsilon: 0.01, momentum: 0.2 });
    const y = layer.apply(tensor2d(x), { training: true }) as Tensor;
    // Columns 1, 2, 6 and 4, 0, 2: means 3 and 2, squared deviations 14 and 8.
    const scale = [2 / Math.sqrt(14 / 3 + 0.01), -1 / Math.sqrt(8 / 3 + 0.01)];
    closeTo(
      numbers(y),
      x.flatMap(([a, b]) => [(a - 3) * scale[0] + 0.5, (b - 2) * scale[1] + 0.25]),
    );
    closeTo(numbers(layer.parameters[2].variable.read()), [0.8 * 1 + 0.2 * 3, 0.8 * -2 + 0.2 * 2]);
    closeTo(numbers(layer.parameters[3].variable.read()), [0.8 * 4 + 0.2 * 7, 0.8 * 0.25 + 0.2 * 4]);
  });

  it('applies its activation', () => {
    const plain = numbers(layerWithState().apply(tensor2d(x)) as Tensor);
    const leaky = numbers(
      layerWithState({ activation: 'leaky-relu', slope: 0.1 }).apply(tensor2d(x)) as Tensor,
    );
    closeTo(
      leaky,
      plain.map((value) => (value > 0 ? value : 0.1 * value)),
    );
    const swish = numbers(
      layerWithState({ activation: 'hard-swish' }).apply(tensor2d(x), { training: true }) as Tensor,
    );
    const trained = numbers(layerWithState().apply(tensor2d(x), { training: true }) as Tensor);
    closeTo(
      swish,
      trained.map((v) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6),
    );
  });

  it.each([true, false])('has the gradient of its formula (training %s)', (training) => {
    const cotangent = tensor2d([
      [1, -2],
      [0.5, 1],
      [-1, 3],
    ]);
    const value = (input: number[][], layer = layerWithState({ momentum: 0 })) =>
      sum(mul(layer.apply(tensor2d(input), { training }) as Tensor, cotangent)) as Scalar;
    const layer = layerWithState({ momentum: 0 });
    const gradient = grad((input) => sum(mul(layer.apply(input, { training }) as Tensor, cotangent)))(
      tensor2d(x),
    );
    const step = 1e-2;
    const finite = x.flatMap((row, i) =>
      row.map((_, j) => {
        const moved = (by: number) => x.map((r, k) => r.map((v, l) => (k === i && l === j ? v + by : v)));
        return (value(moved(step)).dataSync()[0] - value(moved(-step)).dataSync()[0]) / (2 * step);
      }),
    );
    numbers(gradient).forEach((g, i) => expect(g).toBeCloseTo(finite[i], 2));
    const byName = variableGrads(() => value(x, layer)).grads;
    // d/d bias is the sum of the cotangents.
    closeTo(numbers(byName[layer.parameters[1].variable.name]), [0.5, 2]);
  });

  it('refuses to train on one value a channel', () => {
    expect(() => layerWithState().apply(tensor2d([[1, 2]]), { training: true })).toThrow(
      expect.objectContaining({ code: 'usage/batch-too-small' }),
    );
  });
});
