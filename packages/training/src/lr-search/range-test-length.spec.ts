import { UsageError } from '@polytag/core';
import { checkRangeTestLength } from './range-test-length.js';
import { RangeTest } from './range-test.js';

const refusal = (size: number, batchesPerEpoch: number) => {
  try {
    checkRangeTestLength({ size, batchesPerEpoch });
  } catch (error) {
    return error as UsageError;
  }
  return undefined;
};

it('asks for as many batches as a range test needs to suggest a rate', () => {
  const suggestionOf = (steps: number) => {
    const test = new RangeTest({ startRate: 1e-5, endRate: 1, steps });
    for (let step = 0; step < steps; step++) test.add(steps - step);
    return test.suggestion;
  };
  for (const batches of [2, 16, 17, 18])
    expect(refusal(10 * batches, batches) === undefined).toBe(suggestionOf(batches) !== undefined);
});

it('says how many there are, and which batches would do, for what', () => {
  const error = refusal(150, 4)!;
  expect(error).toMatchObject({ code: 'usage/range-test-too-short', exitCode: 2 });
  expect(error.message).toBe('A range test needs 17 batches per epoch, but 150 images give 4.');
  expect(error.hint).toContain('find-lr --mode tpe');
  expect(error.hint).toContain(
    'at most 8 images (--set training.batchSize=8); the rate found is then valid for that batch size only',
  );
  expect(refusal(150, 18)).toBeUndefined();
  // A batch of one teaches batch norm nothing: it is no advice.
  expect(refusal(33, 8)!.hint).not.toContain('batchSize');
});
