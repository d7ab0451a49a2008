import { grad, sum, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { Activation } from './activation.js';
import { PRelu } from './prelu.js';
import { SymmetricAdjust } from './symmetric-adjust.js';

beforeAll(() => useEngine('cpu'));

const numbers = (t: Tensor) => [...t.dataSync()];
const closeTo = (got: number[], expected: number[]) =>
  got.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));

describe('Activation', () => {
  it('applies the named function', () => {
    const x = [-4, -1, 0, 2, 5];
    closeTo(
      numbers(new Activation({ name: 'a', activation: 'hard-sigmoid' }).apply(tensor1d(x)) as Tensor),
      x.map((v) => Math.min(Math.max(v + 3, 0), 6) / 6),
    );
    closeTo(
      numbers(
        new Activation({ name: 'b', activation: 'leaky-relu', slope: 0.2 }).apply(tensor1d(x)) as Tensor,
      ),
      x.map((v) => (v > 0 ? v : 0.2 * v)),
    );
  });
});

describe('PRelu', () => {
  it('starts with slope 0.25 and learns one slope', () => {
    const layer = new PRelu({ name: 'act' });
    closeTo(numbers(layer.apply(tensor1d([-4, 3])) as Tensor), [-1, 3]);
    expect(layer.parameters.map(({ key, variable }) => [key, variable.shape])).toEqual([['act.weight', [1]]]);
  });
});

describe('SymmetricAdjust', () => {
  it('is 2·((c + 1)/2)^t − 1 with its gradient t·((c + 1)/2)^(t − 1)', () => {
    const c = [-1, -0.5, 0, 0.3, 1];
    const layer = new SymmetricAdjust({ name: 'adjust', exponent: 1.7 });
    closeTo(
      numbers(layer.apply(tensor1d(c)) as Tensor),
      c.map((v) => 2 * ((v + 1) / 2) ** 1.7 - 1),
    );
    const gradient = grad((x) => sum(layer.apply(x) as Tensor))(tensor1d(c));
    closeTo(
      numbers(gradient),
      c.map((v) => 1.7 * ((v + 1) / 2) ** 0.7),
    );
  });

  it('takes values below −1 for −1, without gradient', () => {
    const layer = new SymmetricAdjust({ name: 'adjust', exponent: 2.5 });
    closeTo(numbers(layer.apply(tensor1d([-1.2])) as Tensor), [-1]);
    closeTo(numbers(grad((x) => sum(layer.apply(x) as Tensor))(tensor1d([-1.2]))), [0]);
  });

  it('refuses an exponent below 1', () => {
    expect(() => new SymmetricAdjust({ name: 'adjust', exponent: 0.5 })).toThrow(
      expect.objectContaining({ code: 'usage/exponent' }),
    );
  });
});
