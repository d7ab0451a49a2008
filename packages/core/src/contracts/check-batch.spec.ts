import { LabelVocabulary } from '../labels/label-vocabulary.js';
import type { Batch, BatchSource } from './batch.js';
import { checkedBatches, checkSource, notFiniteIn } from './check-batch.js';

const good: Batch = {
  ...{ images: new Float32Array(24), targets: new Float32Array(4), indices: Uint32Array.of(0, 1) },
  ...{ size: 2, height: 2, width: 2 },
};
const source = (batches: unknown[], batchesPerEpoch = batches.length): BatchSource => ({
  ...{ labels: new LabelVocabulary(['a', 'b']), size: 2, batchesPerEpoch, close: async () => {} },
  async *epoch() {
    yield* batches as Batch[];
  },
});
const read = async (from: BatchSource, role: 'training' | 'evaluation' = 'training') => {
  const batches: Batch[] = [];
  for await (const batch of checkedBatches(from, { role, epoch: 0 })) batches.push(batch);
  return batches;
};

it('hands on batches that are as promised', async () => {
  expect(await read(source([good, good]))).toEqual([good, good]);
  expect(await read(source([good, good], 1), 'evaluation')).toHaveLength(2);
});

it.each([
  ['nothing', source([], 3), 'gave nothing in epoch 1'],
  ['too few', source([good], 3), 'gave 1 batches in epoch 1'],
  ['too many', source([good, good], 1), 'batchesPerEpoch is 1'],
  ['a tensor', source([{ ...good, images: { dataId: {} } }]), 'has a tensor as its "images"'],
  ['an array', source([{ ...good, targets: [0, 1, 0, 1] }]), 'has a Array as its "targets"'],
  ['no images', source([{ ...good, images: undefined }]), 'has nothing as its "images"'],
  ['another size', source([{ ...good, size: 3 }]), '24 values as its "images", not 36'],
  ['no size', source([{ ...good, size: undefined }]), 'size, height and width'],
  ['no batch', source([undefined]), 'size, height and width'],
])('a source that gives %s is told from others', async (_, from, told) => {
  await expect(read(from)).rejects.toMatchObject({
    ...{ code: 'part/batch', exitCode: 8, message: expect.stringContaining(told) },
  });
});

it('an evaluation that sees no image is no evaluation', async () => {
  await expect(read(source([]), 'evaluation')).rejects.toMatchObject({ code: 'part/batch' });
});

it('tells all that a source lacks at once', () => {
  expect(() => checkSource({} as BatchSource, 'training')).toThrow(
    expect.objectContaining({
      code: 'part/contract',
      message: expect.stringMatching(/labels.*size.*batchesPerEpoch.*epoch/),
    }),
  );
});

it('finds the value that is not finite', () => {
  expect(notFiniteIn(good)).toBeUndefined();
  const images = new Float32Array(24);
  images[5] = NaN;
  expect(notFiniteIn({ ...good, images })).toBe('value 6 of its "images" is NaN');
});
