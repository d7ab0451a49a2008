import { UsageError, type BatchSource } from '@polytag/core';

/** Images of an epoch, and the batches that they make. */
type Epoch = Pick<BatchSource, 'size' | 'batchesPerEpoch'>;

/** Batches that a range test needs: ten in which the loss settles, two to compare, five in which training falls apart. */
export const RANGE_TEST_BATCHES = 17;

/**
 * Throws if an epoch is too short for a range test. Call it before reading or computing anything.
 *
 * @throws UsageError `usage/range-test-too-short`
 */
export function checkRangeTestLength({ size: images, batchesPerEpoch: batches }: Epoch): void {
  if (batches >= RANGE_TEST_BATCHES) return;
  const fits = Math.floor(images / RANGE_TEST_BATCHES);
  const smaller =
    fits < 2
      ? ''
      : ` Or use a batch of at most ${fits} images (--set training.batchSize=${fits}); the rate found is then valid for that batch size only.`;
  throw new UsageError(
    'usage/range-test-too-short',
    `A range test needs ${RANGE_TEST_BATCHES} batches per epoch, but ${images} images give ${batches}.`,
    {
      hint: `Search by trials instead: find-lr --mode tpe, or fit … --set 'training.findLearningRate={mode: tpe}'.${smaller}`,
    },
  );
}
