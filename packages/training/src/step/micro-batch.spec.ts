import { memory, tensor, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { input, model as layersModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { EngineError, UsageError } from '@polytag/core';
import { peakHeapBytes, useEngine } from '@polytag/engine';
import { BatchNorm, Convolution2D, GlobalPool, Linear, parametersOf, variableOf } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import { numbers } from '../optimisers/parameter.fixture.js';
import { gradientsOf } from './gradients.js';
import { largestMicroBatch, type MicroBatchOptions } from './micro-batch.js';

const [SIDE, K, MB] = [32, 3, 2 ** 20];
const loss = binaryCrossEntropy();

function options(
  changes: Partial<MicroBatchOptions> = {},
  { pooledBatchNorm = false } = {},
): MicroBatchOptions & { network: LayersModel } {
  const image = input({ shape: [SIDE, SIDE, 3] });
  let y = new Convolution2D({ name: 'conv', filters: 16, kernelSize: 3 }).apply(image);
  y = new BatchNorm({ name: 'bn', activation: 'relu' }).apply(y);
  y = new GlobalPool({ name: 'pool' }).apply(y);
  if (pooledBatchNorm) y = new BatchNorm({ name: 'pooled.bn' }).apply(y);
  const outputs = new Linear({ name: 'fc', units: K }).apply(y) as SymbolicTensor;
  const network = layersModel({ inputs: image, outputs });
  const parameters = parametersOf(network);
  const of = (buffer: boolean) => parameters.filter((parameter) => parameter.buffer === buffer);
  return {
    network,
    networks: [
      {
        forward: (images: Tensor, call) => network.apply(images, call) as Tensor2D,
        scale: 1,
        learned: of(false),
      },
    ],
    buffers: of(true).map(variableOf),
    shape: [SIDE, SIDE, 3],
    labels: K,
    share: 64,
    maxHeap: 8 * MB,
    beside: 0,
    ...changes,
  };
}

const peakOf = (given: MicroBatchOptions, size: number) =>
  peakHeapBytes(async () => {
    const batch = {
      inputs: new Float32Array(size * SIDE * SIDE * 3).fill(0.5),
      shape: [size, SIDE, SIDE, 3],
      targets: new Float32Array(size * K),
    };
    const { gradients } = await gradientsOf(given.networks, batch, { loss, reduction: 'sum', step: 1 });
    gradients.forEach((gradient) => gradient.dispose());
  });

describe('on wasm', () => {
  beforeAll(() => useEngine('wasm'));

  it.each([4, 8, 16])('is about the most that fits into %i MB, and the same again', async (megabytes) => {
    const given = options({ maxHeap: megabytes * MB });
    const size = await largestMicroBatch(given);
    expect(await largestMicroBatch(given)).toBe(size);
    const room = 0.85 * megabytes * MB - memory().numBytes;
    expect(size).toBeGreaterThan(2);
    expect(await peakOf(given, size)).toBeLessThanOrEqual(room);
    expect(await peakOf(given, size + 2)).toBeGreaterThan(room);
    given.network.dispose();
  });

  it('is the whole share where that fits, less where something else needs the room', async () => {
    const given = options({ share: 9, maxHeap: 32 * MB });
    expect(await largestMicroBatch(given)).toBe(9);
    const beside = Math.floor(0.85 * 32 * MB - memory().numBytes - (await peakOf(given, 6)));
    expect(await largestMicroBatch({ ...given, beside })).toBe(6);
    given.network.dispose();
  });

  it('leaves running statistics and tensors as they are', async () => {
    const given = options();
    given.buffers.forEach((buffer) => buffer.assign(tensor(new Float32Array(16).fill(7))));
    const tensors = memory().numTensors;
    await largestMicroBatch(given);
    expect(memory().numTensors).toBe(tensors);
    expect(given.buffers.flatMap(numbers)).toEqual(new Array(32).fill(7));
    given.network.dispose();
  });

  it('goes down to one image, and says so where even that has no room', async () => {
    const given = options();
    const [one, two] = [await peakOf(given, 1), await peakOf(given, 2)];
    const kept = memory().numBytes;
    const enoughFor = (peak: number) => Math.ceil((peak + kept) / 0.85) + 64;
    expect(await largestMicroBatch({ ...given, maxHeap: enoughFor(two) })).toBe(2);
    expect(await largestMicroBatch({ ...given, maxHeap: enoughFor(two) - 1024 })).toBe(1);
    const none = largestMicroBatch({ ...given, maxHeap: enoughFor(one) - 1024 });
    await expect(none).rejects.toThrow(EngineError);
    await expect(none).rejects.toMatchObject({
      code: 'engine/out-of-memory',
      message: expect.stringMatching(/one image of 32 x 32 pixels needs about \d+ MB, .*maxHeap is \d+ MB/),
      hint: expect.stringContaining('training.maxHeap'),
    });
    given.network.dispose();
  });

  it('does not try four images where they may have no room', async () => {
    const given = options();
    const [one, two] = [await peakOf(given, 1), await peakOf(given, 2)];
    const tried: number[] = [];
    const [network] = given.networks;
    const forward = (images: Tensor, call: Parameters<typeof network.forward>[1]) => {
      tried.push(images.shape[0]);
      return network.forward(images, call);
    };
    const enoughFor = (bytes: number) => Math.ceil((bytes + memory().numBytes) / 0.85) + 64;
    const maxHeap = enoughFor(two + 0.5 * (two - one));
    const watched = { ...given, networks: [{ ...network, forward }] };
    expect(await largestMicroBatch({ ...watched, maxHeap })).toBe(2);
    expect(tried).toEqual([2, 1]);
    tried.length = 0;
    await largestMicroBatch({ ...watched, maxHeap: enoughFor(2 * two) });
    expect(tried).toEqual([2, 4]);
    given.network.dispose();
  });

  it('says that a batch norm needs two images where a share is one, however much memory there is', async () => {
    const given = options({ share: 1, maxHeap: 2 ** 31 }, { pooledBatchNorm: true });
    await expect(largestMicroBatch(given)).rejects.toMatchObject({
      exitCode: 2,
      code: 'usage/batch-too-small',
      hint: expect.stringContaining('at least two images per batch'),
    });
    expect(await largestMicroBatch(options({ share: 1 }))).toBe(1);
    given.network.dispose();
  });

  it('tells what else is wrong with a pass, not that memory is missing', async () => {
    const given = options({ share: 1 });
    const forward = () => {
      throw new UsageError('usage/shape', 'told');
    };
    const broken = { ...given, networks: [{ ...given.networks[0], forward }] };
    for (const share of [1, 2, 8])
      await expect(largestMicroBatch({ ...broken, share })).rejects.toMatchObject({ code: 'usage/shape' });
    given.network.dispose();
  });

  it('goes down to two images where a batch norm needs them', async () => {
    const given = options({ maxHeap: 1 }, { pooledBatchNorm: true });
    await expect(largestMicroBatch(given)).rejects.toMatchObject({
      code: 'engine/out-of-memory',
      message: expect.stringMatching(/^A training step on two images of 32 x 32 pixels needs about \d+ MB/),
    });
    given.network.dispose();
  });
});

it('is the whole share on an engine without a heap of its own', async () => {
  await useEngine('cpu');
  const given = options({ maxHeap: 1 });
  expect(await largestMicroBatch(given)).toBe(64);
  given.network.dispose();
});
