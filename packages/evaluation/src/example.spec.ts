import { useEngine } from '@polytag/engine';
// The import a reader writes, not the one this package would.

import { evaluate } from '@polytag/evaluation';
import { randomImages, smallModel } from './evaluation.fixture.js';

it('runs the example of the README', async () => {
  await useEngine('wasm');
  const [model, source] = [await smallModel(), randomImages()];

  const { mAP, threshold } = await evaluate(model, source);

  // Of random weights on random labels: a score all the same.
  expect(mAP).toBeGreaterThan(0);
  expect(mAP).toBeLessThan(1);
  expect(threshold.CF1).toBeGreaterThanOrEqual(0);
  await source.close();
  model.dispose();
});
