import { LabelVocabulary } from '../labels/label-vocabulary.js';
import type { Batch, BatchSource } from './batch.js';
import { builtInSource, checkedBatches, checkSource, notFiniteIn } from './check-batch.js';

const good: Batch = {
  inputs: new Float32Array(24),
  shape: [2, 2, 2, 3],
  targets: new Float32Array(4),
  indices: Uint32Array.of(0, 1),
};
const source = (batches: unknown[], batchesPerEpoch = batches.length): BatchSource => ({
  labels: new LabelVocabulary(['a', 'b']),
  kind: 'images',
  size: 4,
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
  ['nothing', source([], 3), 'returned no batches in epoch 1'],
  ['too few', source([good], 3), 'returned 1 batch in epoch 1'],
  ['too many', source([good, good], 1), 'batchesPerEpoch is 1'],
  [
    'a tensor',
    source([{ ...good, inputs: { dataId: {} } }]),
    '"inputs" is a tensor; expected a Float32Array',
  ],
  ['an array', source([{ ...good, targets: [0, 1, 0, 1] }]), '"targets" is a value of type Array; expected'],
  ['no inputs', source([{ ...good, inputs: undefined }]), '"inputs" is missing; expected'],
  ['another size', source([{ ...good, shape: [3, 2, 2, 3] }]), '"inputs" has 24 values; expected 36'],
  ['no shape', source([{ ...good, shape: undefined }]), '"shape" is missing; expected'],
  ['a shape of two', source([{ ...good, shape: [2, 12] }]), '"shape" is [2, 12]; expected'],
  ['half an image', source([{ ...good, shape: [1.5, 2, 2, 3] }]), '"shape" is [1.5, 2, 2, 3]; expected'],
  [
    'targets above 1',
    source([{ ...good, targets: Float32Array.of(0, 255, 0, 1) }]),
    'value 2 of "targets" is 255; expected 0 to 1',
  ],
  ['no batch', source([undefined]), '"shape" is missing; expected'],
])('a source that gives %s is told from others', async (_, from, told) => {
  await expect(read(from)).rejects.toMatchObject({
    code: 'part/batch',
    exitCode: 8,
    message: expect.stringContaining(told),
  });
});

const throwing = (epoch: BatchSource['epoch']): BatchSource => ({ ...source([good]), epoch });
it.each<[string, BatchSource, string]>([
  ['throws at once', throwing(() => { throw new Error('disk gone'); }), 'epoch failed: disk gone'], // prettier-ignore
  [
    'throws between batches',
    throwing(async function* () {
      yield good;
      throw new Error('disk gone');
    }),
    'epoch failed: disk gone',
  ],
  ['gives nothing to go through', throwing(() => undefined as never), 'epoch failed: '],
  ['gives a promise', throwing((async () => [good]) as never), 'epoch failed: '],
])('a source that %s is named', async (_, from, told) => {
  for (const role of ['training', 'evaluation'] as const)
    await expect(read(from, role)).rejects.toMatchObject({
      code: 'part/threw',
      exitCode: 8,
      message: expect.stringContaining(
        `${role === 'training' ? 'Training' : 'Evaluation'} batch source: ${told}`,
      ),
    });
});

it('leaves what sources of Polytag throw, and the refusals of the system', async () => {
  const mine = new Error('a defect');
  const full = Object.assign(new Error('EMFILE'), { syscall: 'open' });
  for (const [error, mark] of [
    [mine, builtInSource],
    [full, (one: BatchSource) => one],
  ] as const)
    await expect(read(mark(throwing(() => { throw error; })))).rejects.toBe(error); // prettier-ignore
});

it('an evaluation source that never ends is stopped, and a batch of another size refused', async () => {
  const endless = throwing(async function* () {
    for (;;) yield good;
  });
  await expect(read(endless, 'evaluation')).rejects.toMatchObject({
    code: 'part/batch',
    message: expect.stringContaining('the source has 4 images (size), and gives more'),
  });
  const wider = checkedBatches(source([good]), { role: 'training', epoch: 0, imageShape: [2, 4, 3] });
  await expect(wider.next()).rejects.toThrow('the network takes [images, 2, 4, 3]');
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
  expect(notFiniteIn({ ...good, inputs })).toBe('value 6 of "inputs" is NaN');
});
