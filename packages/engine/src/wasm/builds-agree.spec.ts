import fc from 'fast-check';
import { buildsDeviation, uniform } from '../agreement.fixture.js';
import { relaxedSimdRuns } from './load-kernels.js';
import { operationCases } from './operation-cases.fixture.js';

const runs = await relaxedSimdRuns();
if (!runs) process.stdout.write('The builds of the kernels are not compared: no relaxed SIMD here\n');

/** Share of the largest value: a hundred roundings of float32. The builds differ by one in each multiply and add. */
const ROUNDING = 1e-5;

(runs ? describe : describe.skip)('the plain and the relaxed build agree to rounding', () => {
  it.each(Object.entries(operationCases))('%s', async (_name, any) => {
    await fc.assert(
      fc.asyncProperty(any, async ({ operation, shapes, inference }) => {
        const inputs = shapes.map((of, i) => uniform(`${i}`, of));
        expect(await buildsDeviation(operation, inputs, !inference)).toBeLessThan(ROUNDING);
      }),
      { numRuns: 25 },
    );
  });
});
