import { tensor2d, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { LabelVocabulary, type LabelCounts, type ElementwiseLoss } from '@polytag/core';
import { aamAsl, aamAslLoss } from './aam-asl.js';
import { asl, asymmetricLoss } from './asl.js';
import { bce, binaryCrossEntropy } from './bce.js';
import { ENGINES, start } from './engines.fixture.js';
import { valueAndGradient } from './value-and-gradient.fixture.js';

const counts: LabelCounts = {
  labels: new LabelVocabulary(['cat', 'dog', 'hen', 'owl', 'yak']),
  positives: [10, 60, 1, 0, 5],
  negatives: [30, 30, 99, 40, 0],
};
const rows = (values: readonly number[]) => [[...values]];
const losses = { bce: binaryCrossEntropy, asl: asymmetricLoss, 'aam-asl': aamAslLoss };
const functions = { bce, asl, 'aam-asl': aamAsl };
const names = Object.keys(losses) as (keyof typeof losses)[];

describe.each(ENGINES)('on %s', (engine) => {
  beforeAll(() => start(engine));

  it.each(names)('%s: multiplies value and gradient of positives alone, label by label', (name) => {
    const [x, y] = [rows([0.3, -0.2, 0.5, -0.4, 0.1]), rows([1, 0, 1, 1, -1])];
    const weights = [3, 5, 0.5, 1, 7];
    const plain = valueAndGradient((a, t) => functions[name](a, t, { scale: 2 }), x, y);
    const weighted = valueAndGradient(
      (a, t) => functions[name](a, t, { scale: 2, positiveWeight: weights }),
      x,
      y,
    );
    [3, 1, 0.5, 1, 1].forEach((factor, k) => {
      expect(weighted.value[k]).toBeCloseTo(factor * plain.value[k], 6);
      expect(weighted.gradient[k]).toBeCloseTo(factor * plain.gradient[k], 6);
    });
  });

  it.each(names)('%s: weighs what a soft or smoothed target has of a positive', (name) => {
    // The loss is linear in the weight: ℓ(w) = ℓ(1) + (w − 1)·(ℓ(2) − ℓ(1)), and ℓ of a wholly absent target knows none.
    const of = (positiveWeight: number, y: number, labelSmoothing = 0) =>
      valueAndGradient(
        (a, t) => functions[name](a, t, { positiveWeight, labelSmoothing }),
        rows([0.4, 0.4]),
        rows([y, y]),
      );
    for (const [y, smoothing] of [
      [0.3, 0],
      [1, 0.1],
      [0, 0.1],
    ]) {
      // prettier-ignore
      const [one, two, five] = [1, 2, 5].map((w) => of(w, y, smoothing));
      for (const key of ['value', 'gradient'] as const)
        expect(five[key][1]).toBeCloseTo(one[key][1] + 4 * (two[key][1] - one[key][1]), 5);
      expect(two.value[0]).toBeGreaterThan(one.value[0]);
    }
    expect(of(5, 0)).toEqual(of(1, 0));
  });

  it.each(names)('%s: a weight of 1 is none, to the bit', (name) => {
    const [x, y] = [rows([0.3, -0.2, 0.5]), rows([1, 0, 0.4])];
    const of = (options: object) => valueAndGradient((a, t) => functions[name](a, t, options), x, y);
    expect(of({ positiveWeight: [1, 1, 1] })).toEqual(of({}));
    expect(of({ positiveWeight: 1 })).toEqual(of({}));
  });
});

/** The weights that a loss has for the counts above: what it makes of a positive, beside what it makes of one without weight. */
function weightsOf(name: keyof typeof losses, positiveWeight: object | string): number[] {
  const value = (loss: ElementwiseLoss) =>
    tidy(() => {
      const [x, y] = [tensor2d([[0.2, 0.2, 0.2, 0.2, 0.2]]), tensor2d([[1, 1, 1, 1, 1]])];
      return [...loss.elementwise(x, y as Tensor2D, 1).dataSync()];
    });
  const bound = losses[name]({ positiveWeight } as never).forLabels!(counts);
  expect(bound.name).toBe(name);
  const plain = value(losses[name]());
  return value(bound).map((one, k) => Number((one / plain[k]).toFixed(5)));
}

describe.each(names)('forLabels of %s', (name) => {
  beforeAll(() => start('cpu'));

  it('balances known positives and negatives, up to 10, and leaves a label alone that has none of either', () => {
    expect(weightsOf(name, 'balanced')).toEqual([3, 0.5, 10, 1, 1]);
  });

  it('takes weights by name, 1 for the others, and refuses a name that there is not', () => {
    expect(weightsOf(name, { owl: 4, cat: 0.5 })).toEqual([0.5, 1, 1, 4, 1]);
    expect(() => weightsOf(name, { owls: 4 })).toThrow(
      expect.objectContaining({ code: 'usage/unknown-label', hint: 'Did you mean "owl"?' }),
    );
  });

  it('is 1 for a label that is called as what every object has', () => {
    const labels = new LabelVocabulary(['__proto__', 'constructor', 'toString']);
    const bound = losses[name]({ positiveWeight: { toString: 2 } as never });
    const [x, y] = [tensor2d([[0.2, 0.2, 0.2]]), tensor2d([[1, 1, 1]])];
    const own = bound.forLabels!({ labels, positives: [1, 1, 1], negatives: [1, 1, 1] }).elementwise(x, y, 1);
    const [one, two, three] = own.dataSync();
    expect([one, three]).toEqual([two, expect.closeTo(2 * two, 5)]);
  });

  it('is there only where the weights depend on labels, and then they must be told', () => {
    expect(losses[name]({ positiveWeight: 3 }).forLabels).toBeUndefined();
    const unbound = losses[name]({ positiveWeight: 'balanced' });
    const x = tensor2d([[1]]);
    expect(() => unbound.elementwise(x, x, 1)).toThrow(
      expect.objectContaining({ code: 'usage/loss-labels' }),
    );
    expect(() => functions[name](x, x, { positiveWeight: { cat: 2 } })).toThrow('a table by label');
    expect(() => functions[name](x, x, { positiveWeight: [1, 2] })).toThrow(
      '2 weights, but there is 1 label',
    );
    for (const wrong of [0, -1, Infinity, 'equal', { cat: 0 }])
      expect(() => losses[name]({ positiveWeight: wrong as never })).toThrow('positiveWeight');
    x.dispose();
  });
});
