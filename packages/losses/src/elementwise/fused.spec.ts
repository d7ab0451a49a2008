import { grad, memory, sum, tensor2d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { aamAsl } from '../aam-asl/index.js';
import { asl } from '../asl/index.js';
import { bce } from '../bce/index.js';
import { ENGINES, start } from './engines.fixture.js';

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
      ...{ ...gammas, labelSmoothing, scale, focusGradient: fc.boolean() },
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
      ...{ ...gammas, labelSmoothing, scale, margin: fc.constantFrom(0, 0.2) },
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
    ...{ name: fc.constant(name), loss: fc.constant(loss) },
    x: rows(fc.double({ min: -range, max: range, noNaN: true }), shape),
    y: rows(fc.oneof(fc.constantFrom(0, 1, -1), fc.double({ min: 0, max: 1, noNaN: true })), shape),
  }),
);

it('the fused loss is the composed one, whatever the shape, the options and the ignored targets', async () => {
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
