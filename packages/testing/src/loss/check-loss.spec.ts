import {
  abs,
  add,
  clone,
  customGrad,
  greaterEqual,
  keep,
  log,
  mean,
  mul,
  neg,
  pow,
  relu,
  sigmoid,
  sub,
  tensor1d,
  where,
  zerosLike,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { defineLoss, type ElementwiseLoss, type Loss } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { lossDefinitions } from '@polytag/losses';
import * as z from 'zod';
import { checkLoss } from './check-loss.js';

beforeAll(() => useEngine('cpu'));

/** A loss of one's own that keeps the rules: squared distance of the probability, nothing for ignored elements. */
const own: ElementwiseLoss<'logits'> = {
  name: 'squared',
  space: 'logits',
  elementwise: (outputs, targets, scale) => {
    const distance = sub(sigmoid(mul(scale, outputs)), targets);
    return where(greaterEqual(targets, 0), mul(distance, distance), zerosLike(distance)) as Tensor2D;
  },
};
/** The same with a change. */
const broken = (elementwise: ElementwiseLoss['elementwise'], name = 'broken'): ElementwiseLoss => ({
  name,
  space: 'logits',
  elementwise,
});

describe('checkLoss', () => {
  it.each(lossDefinitions.map((definition) => [definition.name, definition] as const))(
    'lets the built-in loss %s pass',
    async (_, definition) => {
      await checkLoss(definition);
      const other = {
        hill: { margin: 0.5 },
        splc: { threshold: 0.7 },
        'two-way': { positiveTemperature: 2 },
      };
      const options = other[definition.name as keyof typeof other] ?? { labelSmoothing: 0.1 };
      await checkLoss(definition, { batch: 2, labels: 9, seed: 1, options });
    },
    30_000,
  );

  it('lets focused, margin and paper settings pass', async () => {
    const [, asl, aam] = lossDefinitions;
    await checkLoss(asl, { options: { gammaNeg: 4, gammaPos: 1, probabilityMargin: 0.05 } });
    await checkLoss(asl, { options: { gammaNeg: 4, focusGradient: false }, gradient: 'stopped' });
    await checkLoss(aam, { scale: 23, options: { margin: 0.1, gammaNeg: 2, gammaPos: 1 } });
  });

  it('lets a loss of one’s own pass', () => checkLoss(own));

  it('finds a weight that is not differentiated', async () => {
    const asl = lossDefinitions[1];
    await expect(checkLoss(asl, { options: { gammaNeg: 4, focusGradient: false } })).rejects.toMatchObject({
      rule: 'gradient',
    });
  });

  const kept: Tensor[] = [];
  let calls = 0;
  const cases: [rule: string, what: string, loss: Loss][] = [
    ['contract', 'no name', { ...own, name: '' }],
    ['contract', 'an unknown space', { ...own, space: 'angles' as 'logits' }],
    [
      'shape',
      'a mean over labels',
      broken((z, y, s) => mean(own.elementwise(z, y, s), 1) as unknown as Tensor2D),
    ],
    [
      'shape',
      'an error',
      broken(() => {
        throw new Error('sorry');
      }),
    ],
    [
      'shape',
      'a weight for each image that depends on the batch',
      broken((z, y, s) => mul(own.elementwise(z, y, s), z.shape[0]) as Tensor2D),
    ],
    [
      'finite',
      'the logarithm of a rounded probability',
      broken((z, y, s) => {
        const p = sigmoid(mul(s, z));
        const value = neg(add(mul(y, log(p)), mul(sub(1, y), log(sub(1, p)))));
        return where(greaterEqual(y, 0), value, zerosLike(value)) as Tensor2D;
      }),
    ],
    [
      'non-negative',
      'a constant below it',
      broken((z, y, s) => {
        const value = sub(own.elementwise(z, y, s), 0.1);
        return where(greaterEqual(y, 0), value, zerosLike(value)) as Tensor2D;
      }),
    ],
    [
      'ignored',
      'a value for ignored elements',
      broken((z, y, s) => own.elementwise(z, abs(y) as Tensor2D, s)),
    ],
    [
      'ignored',
      'a gradient for ignored elements',
      broken(
        (z, y, s) =>
          // Value 0 at an ignored element, yet a slope.
          add(
            own.elementwise(z, y, s),
            where(
              greaterEqual(y, 0),
              zerosLike(z),
              sub(
                z,
                clone(
                  customGrad((x) => ({
                    value: clone(x as Tensor),
                    gradFunc: (dy: Tensor) => zerosLike(dy),
                  }))(z),
                ),
              ),
            ),
          ) as Tensor2D,
      ),
    ],
    [
      'gradient',
      'a gradient that is 2 % off',
      broken(
        (z, y, s) =>
          customGrad((x) => ({
            value: own.elementwise(x as Tensor2D, y, s),
            gradFunc: (dy: Tensor) => {
              const p = sigmoid(mul(s, z));
              const slope = mul(mul(2 * 1.02 * s, sub(p, relu(y))), mul(p, sub(1, p)));
              return where(greaterEqual(y, 0), mul(dy, slope), zerosLike(dy));
            },
          }))(z) as Tensor2D,
      ),
    ],
    ['deterministic', 'a counter', broken((z, y, s) => mul(own.elementwise(z, y, s), ++calls) as Tensor2D)],
    [
      'inputs',
      'disposed targets',
      broken((z, y, s) => {
        const value = own.elementwise(z, clone(y), s);
        if (calls++ % 2 === 1) y.dispose();
        return value;
      }),
    ],
    [
      'tensors',
      'a tensor that is kept',
      broken((z, y, s) => {
        kept.push(keep(tensor1d([1])));
        return own.elementwise(z, y, s);
      }),
    ],
  ];
  it.each<[string, Partial<Loss>, string]>([
    [
      'a forEpoch of nothing',
      { forEpoch: () => undefined as never },
      'its forEpoch gives undefined, not a loss',
    ],
    [
      'a forLabels of nothing',
      { forLabels: () => undefined as never },
      'its forLabels gives undefined, not a loss',
    ],
    [
      'a forLabels of another space',
      { forLabels: () => ({ ...own, space: 'cosines' }) as never },
      'its forLabels gives a loss of another kind or space',
    ],
    ['no tensor', { elementwise: () => undefined as never }, 'it gives undefined, not a tensor'],
  ])('says what is wrong with %s', async (_, change, told) => {
    await expect(checkLoss({ ...own, ...change } as Loss)).rejects.toThrow(told);
  });

  it('lets a loss pass whose forLabels knows other labels alone', () =>
    checkLoss({ ...own, forLabels: () => { throw new Error('no weight of "a"'); } } as Loss)); // prettier-ignore

  it.each(cases)('finds a broken rule "%s": %s', async (rule, _, loss) => {
    calls = 0;
    await expect(checkLoss(loss)).rejects.toMatchObject({ name: 'ConformanceError', rule });
    for (const tensor of kept.splice(0)) tensor.dispose();
  });

  it('finds wrong definitions', async () => {
    const strict = defineLoss({
      name: 'own',
      options: z.strictObject({ power: z.number().default(2) }),
      create: () => own,
    });
    await checkLoss(strict);
    await checkLoss(strict, { options: { power: 3 } });
    await expect(checkLoss(strict, { options: { power: 'high' } })).rejects.toMatchObject({
      rule: 'definition',
    });
    const loose = defineLoss({ name: 'own', options: z.object({}), create: () => own });
    await expect(checkLoss(loose)).rejects.toMatchObject({ rule: 'definition' });
    const kind = { ...strict, kind: 'head' as unknown as 'loss' };
    await expect(checkLoss(kind)).rejects.toMatchObject({ rule: 'definition' });
  });

  it('names the part, the rule and the place', async () => {
    const wrong = broken((z, y, s) => sub(own.elementwise(z, y, s), 1) as Tensor2D, 'mine');
    await expect(checkLoss(wrong)).rejects.toThrow(
      /^loss "mine" breaks the rule "non-negative": element \d+ is -/,
    );
  });

  it('accepts a kink', async () => {
    // |z| for positives and its square for the others: a corner at 0, where outputs happen to lie.
    const corner = broken(
      (z, y) =>
        where(greaterEqual(y, 0.5), abs(z), where(greaterEqual(y, 0), pow(z, 2), zerosLike(z))) as Tensor2D,
    );
    await checkLoss(corner, { range: 0.02, step: 0.02 });
  });
});
