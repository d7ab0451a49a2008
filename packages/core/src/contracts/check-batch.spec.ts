import { LabelVocabulary } from '../labels/label-vocabulary.js';
import type { Batch, BatchSource } from './batch.js';
import { checkedBatches, checkSource, notFiniteIn } from './check-batch.js';

const good: Batch = {
  inputs: new Float32Array(24),
  shape: [2, 2, 2, 3],
  targets: new Float32Array(4),
  indices: Uint32Array.of(0, 1),
};
const source = (batches: unknown[], batchesPerEpoch = batches.length): BatchSource => ({
  labels: new LabelVocabulary(['a', 'b']),
  kind: 'images',
  size: 2,
  batchesPerEpoch,
  close: async () => {},
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
  ['a tensor', source([{ ...good, inputs: { dataId: {} } }]), 'has a tensor as its "inputs"'],
  ['an array', source([{ ...good, targets: [0, 1, 0, 1] }]), 'has a Array as its "targets"'],
  ['no inputs', source([{ ...good, inputs: undefined }]), 'has nothing as its "inputs"'],
  ['another size', source([{ ...good, shape: [3, 2, 2, 3] }]), '24 values as its "inputs", not 36'],
  ['no shape', source([{ ...good, shape: undefined }]), 'has nothing as its "shape"'],
  ['a shape of two', source([{ ...good, shape: [2, 12] }]), 'has [2, 12] as its "shape"'],
  ['half an image', source([{ ...good, shape: [1.5, 2, 2, 3] }]), 'has [1.5, 2, 2, 3] as its "shape"'],
  ['no batch', source([undefined]), 'has nothing as its "shape"'],
])('a source that gives %s is told from others', async (_, from, told) => {
  await expect(read(from)).rejects.toMatchObject({
    code: 'part/batch',
    exitCode: 8,
    message: expect.stringContaining(told),
  });
});

it('an evaluation that sees no image is no evaluation', async () => {
  await expect(read(source([]), 'evaluation')).rejects.toMatchObject({ code: 'part/batch' });
});

it('tells all that a source lacks at once', () => {
  expect(() => checkSource({} as BatchSource, 'training')).toThrow(
    expect.objectContaining({
      code: 'part/contract',
      message: expect.stringMatching(/labels.*kind.*size.*batchesPerEpoch.*epoch/),
    }),
  );
});

it('finds the value that is not finite', () => {
  expect(notFiniteIn(good)).toBeUndefined();
  const inputs = new Float32Array(24);
  inputs[5] = NaN;
  expect(notFiniteIn({ ...good, inputs })).toBe('value 6 of its "inputs" is NaN');
});
