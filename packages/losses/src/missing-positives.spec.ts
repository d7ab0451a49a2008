import { UsageError } from '@polytag/core';
import { ENGINES, start } from './engines.fixture.js';
import { hill, hillDefinition, hillLoss } from './hill.js';
import { splc, splcDefinition, splcLoss } from './splc.js';
import { valueAndGradient } from './value-and-gradient.fixture.js';

// The two losses for labels of which positives are missing: Hill and SPLC.

describe.each(ENGINES)('on %s', (engine) => {
  beforeAll(() => start(engine));

  const hillAt = (z: number, y: number) => valueAndGradient((x, t) => hill(x, t), [[z]], [[y]]);
  const splcAt = (epoch: number) => (z: number, y: number) =>
    valueAndGradient((x, t) => splc(x, t, { epoch }), [[z]], [[y]]);

  // Computed in float64 with the authors' code; docs/method.md#hill.
  it.each([
    ['hill', hillAt, -2, 1, 2.766280441, -1.126749881],
    ['hill', hillAt, 0.3, 1, 0.49254488, -0.625193896],
    ['hill', hillAt, 2, 1, 0.022658058, -0.05258113],
    ['hill', hillAt, -2, 0, 0.01962021, 0.033070959],
    ['hill', hillAt, 0.3, 0, 0.30541935, 0.179279598],
    ['hill', hillAt, 2, 0, 0.48037979, 0.033070959],
    ['splc in epoch 0', splcAt(0), -2, 1, 2.766280441, -1.126749881],
    ['splc in epoch 0', splcAt(0), 0.3, 0, 0.281923736, 0.429506469],
    ['splc in epoch 0', splcAt(0), 2, 0, 1.650078179, 1.07671373],
    ['splc in epoch 1', splcAt(1), 0.3, 0, 0.281923736, 0.429506469],
    ['splc in epoch 1', splcAt(1), 2, 0, 0.001803563, -0.00487094],
    ['splc in epoch 1', splcAt(1), 2, 1, 0.022658058, -0.05258113],
  ])('%s gives the published numbers', (_, at, z, y, value, gradient) => {
    const got = at(z, y);
    expect(Math.abs(got.value[0] - value)).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(value));
    expect(Math.abs(got.gradient[0] - gradient)).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(gradient));
  });

  it('stays finite where a logarithm of a rounded probability is not', () => {
    for (const loss of [hill, splc]) {
      const { value, gradient } = valueAndGradient((x, t) => loss(x, t), [[-200, -200, 200]], [[1, 0, 0]]);
      expect([...value, ...gradient].every(Number.isFinite)).toBe(true);
      expect(value[0]).toBeCloseTo(201, 3);
      expect(value[1]).toBe(0);
    }
  });

  it('never takes what is unknown for a positive', () => {
    const { value, gradient } = valueAndGradient((x, t) => splc(x, t, { epoch: 5 }), [[NaN, 4]], [[-1, -1]]);
    expect([...value, ...gradient]).toEqual([0, 0, 0, 0]);
  });
});

it('splc corrects from the epoch that it is told of', () => {
  const loss = splcLoss({ correctFrom: 3 });
  const at = (epoch: number) =>
    valueAndGradient((x, t) => loss.forEpoch(epoch).elementwise(x, t, 1), [[2]], [[0]]).value[0];
  expect([at(0), at(2)]).toEqual([at(1), at(1)]);
  expect(at(3)).toBeLessThan(at(2));
});

it('are parts with the defaults of the paper that refuse what makes no sense', () => {
  expect(hillDefinition.options.parse({})).toEqual({ lambda: 1.5, margin: 1, gamma: 2 });
  expect(splcDefinition.options.parse({})).toEqual({ threshold: 0.6, correctFrom: 1, margin: 1, gamma: 2 });
  expect([hillLoss().space, splcLoss().space]).toEqual(['logits', 'logits']);
  expect(() => hillLoss({ lambda: 0.5 })).toThrow(UsageError);
  expect(() => splcLoss({ threshold: 1 })).toThrow('threshold');
});
