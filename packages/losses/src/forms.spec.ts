import { grad, memory, mul, sum, tensor2d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { aamAsl, aamAslSchema, aamAslValue } from './aam-asl.js';
import { asl, aslSchema, aslValue } from './asl.js';
import { bce } from './bce.js';
import { hill, hillValue } from './hill.js';
import { klValue, mutualKl } from './mutual-kl.js';
import { splc, splcValue } from './splc.js';
import { ENGINES, start } from './engines.fixture.js';
import { near } from './value-and-gradient.fixture.js';

type Matrix = number[][];
type Case = (x: Tensor2D, y: Tensor2D) => Tensor2D;

/** Value and gradient of every element. Fails where a tensor is left over. */
async function evaluate(
  engine: (typeof ENGINES)[number],
  loss: Case,
  x: Matrix,
  y: Matrix,
): Promise<number[]> {
  await start(engine);
  const before = memory().numTensors;
  const result = tidy(() => {
    const [outputs, targets] = [tensor2d(x), tensor2d(y)];
    const value = loss(outputs, targets).dataSync();
    const gradient = grad((z: Tensor) => sum(loss(z as Tensor2D, targets)))(outputs).dataSync();
    return [...value, ...gradient];
  });
  expect(memory().numTensors).toBe(before);
  return result;
}

const shapes = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 }));
const rows = (value: fc.Arbitrary<number>, [count, labels]: [number, number]) =>
  fc.array(fc.array(value, { minLength: labels, maxLength: labels }), { minLength: count, maxLength: count });
const gammas = { gammaNeg: fc.constantFrom(0, 1, 4), gammaPos: fc.constantFrom(0, 1, 2) };
const labelSmoothing = fc.constantFrom(0, 0.1);
const scale = fc.constantFrom(1, 3, 23);
const losses: fc.Arbitrary<{ name: string; loss: Case; range: number }> = fc.oneof(
  fc
    .record({
      ...gammas,
      labelSmoothing,
      scale,
      focusGradient: fc.boolean(),
      probabilityMargin: fc.constantFrom(0, 0.05),
    })
    .map((o) => ({
      name: `asl ${JSON.stringify(o)}`,
      loss: (x: Tensor2D, y: Tensor2D) => asl(x, y, o),
      range: 12 / o.scale,
    })),
  fc.record({ labelSmoothing, scale }).map((o) => ({
    name: `bce ${JSON.stringify(o)}`,
    loss: (x: Tensor2D, y: Tensor2D) => bce(x, y, o),
    range: 12 / o.scale,
  })),
  fc
    .record({
      ...gammas,
      labelSmoothing,
      scale,
      margin: fc.constantFrom(0, 0.2),
      probabilityMargin: fc.constantFrom(0, 0.05),
    })
    .map((o) => ({
      name: `aam-asl ${JSON.stringify(o)}`,
      loss: (x: Tensor2D, y: Tensor2D) => aamAsl(x, y, o),
      range: 1,
    })),
);
const cases = fc.tuple(shapes, losses).chain(([shape, { name, loss, range }]) =>
  fc.record({
    name: fc.constant(name),
    loss: fc.constant(loss),
    x: rows(fc.double({ min: -range, max: range, noNaN: true }), shape),
    y: rows(fc.oneof(fc.constantFrom(0, 1, -1), fc.double({ min: 0, max: 1, noNaN: true })), shape),
  }),
);

it('the fused loss is that of stock operations, whatever the shape, the options and the ignored targets', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ loss, x, y }) => {
      const composed = await evaluate('cpu', loss, x, y);
      for (const engine of ENGINES.slice(1)) {
        const fused = await evaluate(engine, loss, x, y);
        expect(fused).toHaveLength(composed.length);
        fused.forEach((value, i) =>
          expect(Math.abs(value - composed[i])).toBeLessThanOrEqual(1e-5 + 2e-5 * Math.abs(composed[i])),
        );
      }
    }),
    { numRuns: 60, seed: 35 },
  );
});

/** Equations as they stand, which TensorFlow.js differentiates, and the losses with their derivatives by hand. */
const equations: fc.Arbitrary<{ name: string; equation: Case; loss: Case; range: number }> = fc.oneof(
  fc
    .record({
      lambda: fc.constantFrom(1, 1.5, 3),
      margin: fc.constantFrom(0, 1),
      gamma: fc.constantFrom(0, 1, 2),
      scale: fc.constantFrom(1, 3),
    })
    .map(({ scale, ...o }) => ({
      name: `hill ${JSON.stringify(o)}`,
      equation: (x: Tensor2D, y: Tensor2D) => hillValue(mul(scale, x), y, o) as Tensor2D,
      loss: (x: Tensor2D, y: Tensor2D) => hill(x, y, { ...o, scale }),
      range: 12 / scale,
    })),
  fc
    .record({
      threshold: fc.constantFrom(0.4, 0.6),
      margin: fc.constantFrom(0, 1),
      gamma: fc.constantFrom(0, 1, 2),
      scale: fc.constantFrom(1, 3),
      epoch: fc.constantFrom(0, 1),
    })
    .map(({ scale, epoch, ...o }) => ({
      name: `splc ${JSON.stringify({ ...o, epoch })}`,
      equation: (x: Tensor2D, y: Tensor2D) =>
        splcValue(mul(scale, x), y, { ...o, corrects: epoch > 0 }) as Tensor2D,
      loss: (x: Tensor2D, y: Tensor2D) => splc(x, y, { ...o, scale, epoch }),
      range: 12 / scale,
    })),
  fc
    .record({
      gammaNeg: fc.constantFrom(1, 2, 4),
      gammaPos: fc.constantFrom(1, 3),
      probabilityMargin: fc.constantFrom(0, 0.05, 0.2),
      scale: fc.constantFrom(1, 3),
    })
    .map(({ scale, ...o }) => ({
      name: `asl ${JSON.stringify(o)}`,
      equation: (x: Tensor2D, y: Tensor2D) => aslValue(mul(scale, x), y, aslSchema.parse(o)) as Tensor2D,
      loss: (x: Tensor2D, y: Tensor2D) => asl(x, y, { ...o, scale }),
      range: 12 / scale,
    })),
  fc.constantFrom(1, 3).map((scale) => ({
    name: `bce ${scale}`,
    equation: (x: Tensor2D, y: Tensor2D) =>
      aslValue(mul(scale, x), y, aslSchema.parse({ gammaNeg: 0, probabilityMargin: 0 })) as Tensor2D,
    loss: (x: Tensor2D, y: Tensor2D) => bce(x, y, { scale }),
    range: 12 / scale,
  })),
  fc
    .record({
      margin: fc.constantFrom(0, 0.2),
      k: fc.constantFrom(0.5, 0.7),
      gammas: fc.constantFrom([0, 0], [1, 1], [4, 2]),
      probabilityMargin: fc.constantFrom(0, 0.05),
      scale: fc.constantFrom(7, 23),
    })
    .map(({ gammas: [gammaNeg, gammaPos], scale, ...rest }) => {
      const o = { ...rest, gammaNeg, gammaPos };
      return {
        name: `aam-asl ${JSON.stringify(o)}`,
        equation: (x: Tensor2D, y: Tensor2D) =>
          aamAslValue(x, y, { ...aamAslSchema.parse(o), scale }) as Tensor2D,
        loss: (x: Tensor2D, y: Tensor2D) => aamAsl(x, y, { ...o, scale }),
        range: 1,
      };
    }),
);
/** Not 0, where ln σ in stock operations has two slopes for TensorFlow.js. */
const notZero = (range: number) =>
  fc.double({ min: -range, max: range, noNaN: true }).filter((x) => Math.abs(x) > 1e-6);
const differentiable = fc.tuple(shapes, equations).chain(([shape, { range, ...rest }]) =>
  fc.record({
    chosen: fc.constant(rest),
    x: rows(notZero(range), shape),
    y: rows(fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0.05, max: 0.95, noNaN: true })), shape),
  }),
);

it('every loss is its equation, and its derivative that of the equation, by hand and in the kernel', async () => {
  await fc.assert(
    fc.asyncProperty(differentiable, async ({ chosen: { equation, loss }, x, y }) => {
      const composed = await evaluate('cpu', equation, x, y);
      for (const engine of ENGINES) {
        const given = await evaluate(engine, loss, x, y);
        expect(given).toHaveLength(composed.length);
        given.forEach((value, i) =>
          expect(Math.abs(value - composed[i])).toBeLessThanOrEqual(1e-5 + 1e-4 * Math.abs(composed[i])),
        );
      }
    }),
    { numRuns: 60, seed: 36 },
  );
});

it('the divergence of mutual learning has the derivative of its equation', async () => {
  await start('cpu');
  const logits = rows(notZero(12), [2, 3]);
  fc.assert(
    fc.property(logits, logits, fc.constantFrom(1, 3), (x, y, scale) => {
      const [outputs, others] = [tensor2d(x), tensor2d(y)];
      const other = { outputs: others, scale: 1 };
      const slopes = (f: (z: Tensor) => Tensor) => [...grad(f)(outputs).dataSync()];
      const byHand = slopes((z) => mutualKl({ outputs: z as Tensor2D, scale }, other));
      const ofEquation = slopes((z) => klValue(mul(scale, z), others, 1e-8));
      byHand.forEach((value, i) => expect(near(value, ofEquation[i])).toBe(true));
    }),
    { numRuns: 40 },
  );
});
