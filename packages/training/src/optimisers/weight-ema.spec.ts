import { memory, tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { variableOf } from '@polytag/layers';
import { numbers, parameter } from './parameter.fixture.js';
import { WeightEma } from './weight-ema.js';

function model() {
  return [parameter('fc.weight', [2], [1, -1]), parameter('bn.running_mean', [1], [4], { buffer: true })];
}

function move(parameters: ReturnType<typeof model>, values: readonly number[][]): void {
  parameters.forEach((p, i) => {
    const next = tensor([...values[i]]);
    variableOf(p).assign(next);
    next.dispose();
  });
}

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it('averages weights and buffers from the first step on, without correction', async () => {
    const parameters = model();
    const average = new WeightEma(parameters, 0.9);
    const walk = [
      [[2, 0], [1]],
      [[3, 5], [-1]],
    ];
    const expected = [1, -1, 4];
    for (const values of walk) {
      move(parameters, values);
      average.update();
      values.flat().forEach((value, i) => (expected[i] = 0.9 * expected[i] + 0.1 * value));
    }
    const averaged = await average.inModel(async () => parameters.flatMap((p) => numbers(variableOf(p))));
    averaged.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
    expect(parameters.flatMap((p) => numbers(variableOf(p)))).toEqual([3, 5, -1]);
  });

  it('puts the weights back after an error', async () => {
    const parameters = model();
    const average = new WeightEma(parameters, 0.5);
    move(parameters, [[2, 0], [1]]);
    const failing = average.inModel(async () => {
      expect(numbers(variableOf(parameters[0]))).toEqual([1, -1]);
      throw new Error('evaluation failed');
    });
    await expect(failing).rejects.toThrow('evaluation failed');
    expect(numbers(variableOf(parameters[0]))).toEqual([2, 0]);
  });

  it('loses no tensors', async () => {
    const parameters = model();
    const before = memory().numTensors;
    const average = new WeightEma(parameters, 0.5);
    expect(memory().numTensors).toBe(before + 2);
    average.update();
    await average.inModel(async () => {});
    expect(memory().numTensors).toBe(before + 2);
    average.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
