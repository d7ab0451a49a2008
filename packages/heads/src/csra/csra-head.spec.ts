import { tensor, tensor4d } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { assignParameters, parametersOf } from '@polytag/layers';
import { applied, headModel, keysOf, randomTensor, reloaded, run } from '../head-model.fixture.js';
import { csraHead, csraHeadDefinition, type CsraHeadOptions } from './index.js';

beforeAll(() => useEngine('cpu'));

/** Two labels, two features, four cells: worked on paper in docs/method.md#csra. */
const map = () => tensor4d([1, 0, 2, 1, 0, 2, 1, 0], [1, 2, 2, 2]);
const worked = (options: CsraHeadOptions): number[] => {
  const built = headModel(csraHead(options), 2, { backbone: { featureChannels: 2 } });
  assignParameters(parametersOf(built), () => ({ shape: [2, 2, 1, 1], data: [3, 4, 1, 0] }));
  return run(built, map());
};

it.each([
  [{}, [1.355692474, 1.146211716]],
  [{ temperatures: [1, 'max'] }, [2.755692474, 2.346211716]],
  [{ normaliseClassifier: false }, [6.975074998, 1.146211716]],
] as const)('gives the worked numbers with %j', (options, expected) => {
  worked(options as never).forEach((value, k) => expect(value).toBeCloseTo(expected[k], 5));
});

it('adds (1 + λ) times the mean at temperature 0, and on a map of one cell at any', () => {
  const mean = worked({ lambda: 0 });
  worked({ temperatures: [0], lambda: 0.5 }).forEach((value, k) =>
    expect(value).toBeCloseTo(1.5 * mean[k], 5),
  );
  const built = headModel(csraHead({ temperatures: [3, 'max'], lambda: 0.2 }), 5);
  const single = headModel(csraHead({ temperatures: [0, 0], lambda: 0.2 }), 5);
  const x = randomTensor([2, 1, 1, 8], 3);
  run(built, x).forEach((value, i) => expect(value).toBeCloseTo(run(single, x)[i], 5));
});

it('has the published keys', () => {
  const built = headModel(csraHead({ temperatures: [1, 2, 'max'] }), 3);
  expect(keysOf(built)).toEqual([0, 1, 2].map((head) => `multi_head.${head}.head.weight`));
});

it('gives cosines from −1 to 1 that do not depend on the size of the features', () => {
  const built = headModel(csraHead({ space: 'cosines', temperatures: [1, 'max'], lambda: 0.7 }), 5);
  const x = randomTensor([2, 3, 2, 8], 4);
  const cosines = run(built, x);
  cosines.forEach((value) => expect(Math.abs(value)).toBeLessThanOrEqual(1));
  run(built, x.mul(7)).forEach((value, i) => expect(value).toBeCloseTo(cosines[i], 5));
  // Every cell in the direction of every label: all cosines are 1.
  const same = headModel(csraHead({ space: 'cosines', lambda: 0.7 }), 2);
  const direction = [...randomTensor([8], 5).dataSync()];
  assignParameters(parametersOf(same), () => ({ shape: [2, 8, 1, 1], data: [...direction, ...direction] }));
  const cells = tensor([...direction, ...direction, ...direction], [1, 3, 1, 8]);
  run(same, cells).forEach((value) => expect(value).toBeCloseTo(1, 5));
});

it('comes back from its saved form', async () => {
  const built = headModel(csraHead({ space: 'cosines', temperatures: [2, 'max'] }), 5);
  const x = randomTensor([2, 2, 2, 8], 9);
  expect(run(await reloaded(built), x)).toEqual(run(built, x));
});

it('is a part named csra that refuses what makes no sense', () => {
  expect(csraHeadDefinition.name).toBe('csra');
  expect([applied(csraHead(), 3).scale, applied(csraHead({ space: 'cosines' }), 3).scale]).toEqual([1, 23]);
  expect(() => csraHead({ temperatures: [] })).toThrow('temperatures');
  expect(() => csraHead({ lambda: -1 })).toThrow('lambda');
  expect(() => csraHead({ space: 'cosines', normaliseClassifier: false })).toThrow('normaliseClassifier');
});
