import { grads, mul, sum, tensor2d, type Tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { assignParameters } from '../parameters/assign-parameters.js';
import { Abn } from './abn.js';
import { BatchNorm, type BatchNormOptions } from './batch-norm.js';

const state: Record<string, number[]> = {
  'bn.weight': [2, -1, 0],
  'bn.bias': [0.5, 0.25, -1],
  'bn.running_mean': [1, -2, 0],
  'bn.running_var': [4, 0.25, 1],
};
const x = tensorOf([
  [1, 4, 0.5],
  [2, 0, -3],
  [6, 2, 1],
]);
const cotangent = tensorOf([
  [1, -2, 0.5],
  [0.5, 1, -1],
  [-1, 3, 2],
]);

function tensorOf(rows: number[][]): () => ReturnType<typeof tensor2d> {
  return () => tensor2d(rows);
}

function build<T extends BatchNorm>(
  kind: new (options: BatchNormOptions) => T,
  weights = state,
  options: object = {},
): T {
  const layer = new kind({ name: 'bn', activation: 'leaky-relu', slope: 1e-3, ...options });
  layer.build([null, 3]);
  assignParameters(layer.parameters, (key) => ({ shape: [3], data: weights[key] }));
  return layer;
}

const numbers = (t: Tensor) => [...t.dataSync()];

describe.each(['wasm', 'cpu'] as const)('Abn on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  // Rota Bulò et al.'s published code: the factor is |weight| + ε; the weight's gradient changes sign below 0 alone.
  const plain = { ...state, 'bn.weight': state['bn.weight'].map((w) => Math.abs(w) + 1e-5) };
  const signs = state['bn.weight'].map((w) => (w < 0 ? -1 : 1));

  it.each([false, true])('is batch norm with the factor |weight| + epsilon (training %s)', (training) => {
    const [abn, norm] = [build(Abn), build(BatchNorm, plain)];
    const apply = (layer: BatchNorm) => numbers(layer.apply(x(), { training }) as Tensor);
    expect(apply(abn)).toEqual(apply(norm));
    const statistics = (layer: BatchNorm) =>
      layer.parameters.slice(2).map(({ variable }) => numbers(variable.read()));
    expect(statistics(abn)).toEqual(statistics(norm));
  });

  it.each([false, true])('has its gradients, the weight’s with its sign (training %s)', (training) => {
    const gradients = (layer: BatchNorm) => {
      const [weight, bias] = layer.parameters.map(({ variable }) => variable.read());
      return grads((input: Tensor, _weight: Tensor, _bias: Tensor) =>
        sum(mul(layer.apply(input, { training }) as Tensor, cotangent())),
      )([x(), weight, bias]).map(numbers);
    };
    const [[input, weight, bias], expected] = [gradients(build(Abn)), gradients(build(BatchNorm, plain))];
    expect(input).toEqual(expected[0]);
    expect(weight).toEqual(expected[1].map((value, channel) => value * signs[channel]));
    expect(bias).toEqual(expected[2]);
  });
});

describe('the alias of Abn', () => {
  beforeAll(() => useEngine('cpu'));

  it('takes weights of plain batch norm that give the same results', () => {
    const layer = build(Abn, state, { alias: 'norm' });
    const aliases = layer.parameters.map(({ alias }) => alias!);
    expect(aliases.map(({ key }) => key)).toEqual([
      'norm.weight',
      'norm.bias',
      'norm.running_mean',
      'norm.running_var',
    ]);
    const published = Float32Array.of(0.75, 1e-5, 2);
    const weights = aliases[0].convert!(published);
    weights.forEach((weight, i) => expect(Math.abs(weight) + 1e-5).toBeCloseTo(published[i], 7));
    expect(aliases[1].convert).toBeUndefined();
  });

  it('refuses factors that it cannot have', () => {
    const layer = build(Abn, state, { alias: 'norm' });
    expect(() => layer.parameters[0].alias!.convert!([1, -0.5])).toThrow(
      expect.objectContaining({
        code: 'checkpoint/values',
        message: expect.stringContaining('Channel 1 of "norm.weight" is -0.5'),
      }),
    );
  });
});
