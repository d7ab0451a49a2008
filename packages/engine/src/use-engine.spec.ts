import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '@polytag/core';
import { linear } from '@polytag/ops';
import { engineInUse, engineMemory, engineName, kernelBuild, useEngine } from './use-engine.js';
import { address, heapFloats, isShared, kernelsAttached, output, scratch } from './wasm/host.js';
import { relaxedSimdRuns } from './wasm/load-kernels.js';

const failure = async (run: () => unknown): Promise<EngineError> => {
  try {
    await run();
  } catch (error) {
    return error as EngineError;
  }
  throw new Error('did not fail');
};

it('has no name before one is chosen', async () => {
  expect((await failure(engineName)).code).toBe('engine/not-ready');
});

it('names the engine in use and attaches the kernels on wasm alone', async () => {
  await useEngine('cpu');
  expect([engineName(), kernelsAttached()]).toEqual(['cpu', false]);
  await useEngine('wasm');
  expect([engineName(), kernelsAttached()]).toEqual(['wasm', true]);
  await tf.setBackend('cpu');
  expect(kernelsAttached()).toBe(false);
  expect((await failure(engineName)).code).toBe('engine/not-ready');
});

it('tells the build of the kernels in use, not the one that could be', async () => {
  await useEngine('wasm');
  expect(kernelBuild()).toBe((await relaxedSimdRuns()) ? 'relaxed' : 'plain');
  await useEngine('wasm', { simd: 'plain' });
  expect(kernelBuild()).toBe('plain');
  await useEngine('cpu');
  expect(kernelBuild()).toBeUndefined();
});

it('tells what it was chosen with, for threads that are to compute the same', async () => {
  const options = { simd: 'plain', native: false } as const;
  await useEngine('wasm', options);
  expect(engineInUse()).toEqual({ name: 'wasm', options });
});

it('refuses native kernels on another engine than wasm', async () => {
  const error = await failure(() => useEngine('cpu', { native: true }));
  expect([error.code, error.message]).toEqual([
    'engine/missing',
    'the engine "cpu" has no native kernels; only wasm has',
  ]);
});

it('names a backend that is not registered, and does not fall back', async () => {
  await useEngine('cpu');
  const unregistered = await failure(() => useEngine('tpu' as 'cpu'));
  expect([unregistered.code, unregistered.hint]).toEqual([
    'engine/missing',
    expect.stringContaining('webgpu'),
  ]);
  expect(tf.getBackend()).toBe('cpu');
});

it('counts tensors and the bytes of the wasm heap', async () => {
  await useEngine('wasm');
  const before = engineMemory();
  const x = tf.zeros([8, 8]);
  expect(engineMemory().tensors).toBe(before.tensors + 1);
  expect(before.heapBytes).toBeGreaterThan(0);
  expect(before.heapBytes % 65536).toBe(0);
  x.dispose();
  await useEngine('cpu');
  expect(engineMemory().heapBytes).toBe(0);
});

describe('the wasm heap', () => {
  beforeEach(() => useEngine('wasm'));

  it('shares the buffer of a clone and knows of it', () => {
    const x = tf.tensor1d([1, 2, 3]);
    expect(isShared(x)).toBe(false);
    const clone = tf.clone(x);
    expect([address(clone), isShared(x)]).toEqual([address(x), true]);
    x.dispose();
    expect(Array.from(clone.dataSync())).toEqual([1, 2, 3]);
    expect(isShared(clone)).toBe(false);
    clone.dispose();
  });

  it('keeps computing after the heap has grown', () => {
    const x = tf.ones([2, 3]);
    const w = tf.ones([3, 2]) as tf.Tensor2D;
    const before = engineMemory().heapBytes;
    const large = tf.zeros([before / 4]);
    expect(engineMemory().heapBytes).toBeGreaterThan(before);
    const y = linear(x, w);
    expect(Array.from(y.dataSync())).toEqual([3, 3, 3, 3]);
    expect(Array.from(heapFloats(x))).toEqual([1, 1, 1, 1, 1, 1]);
    [x, w, y, large].forEach((t) => t.dispose());
  });

  it('starts buffers on cache lines, and takes them back', () => {
    for (const bytes of [1, 5000, 100_000]) expect(scratch(bytes) % 64).toBe(0);
    const made = Array.from({ length: 16 }, (_, i) => tf.zeros([5 + 3 * i]));
    expect(made.map((tensor) => address(tensor) % 64)).toEqual(made.map(() => 0));
    tf.dispose(made);
    const before = engineMemory().heapBytes;
    for (let i = 0; i < 500; i++) tf.zeros([1_000_000 + i]).dispose();
    expect(engineMemory().heapBytes - before).toBeLessThanOrEqual(2 * 4_100_000);
  });

  it('computes beyond 2 GB, where addresses no longer fit a signed integer', () => {
    // Never written to, so it costs address space alone.
    const large = tf.engine().makeTensorFromTensorInfo(output([2_200_000_000 / 4]));
    const x = tf.fill([16_000_000, 1], 2);
    const w = tf.tensor2d([3], [1, 1]);
    const y = linear(x, w);
    expect(Math.min(address(x), address(y))).toBeGreaterThan(2 ** 31);
    expect([heapFloats(y)[0], heapFloats(y)[15_999_999]]).toEqual([6, 6]);
    [x, w, y, large].forEach((t) => t.dispose());
  });

  // Almost 4 GiB: too much beside what is there. Beyond 4 GiB: an address would wrap around.
  it.each([4_290_000_000, 4_400_000_000])(
    'says so when it has no room for %d bytes, and goes on working',
    async (bytes) => {
      const before = engineMemory().tensors;
      const error = await failure(() => output([bytes / 4]));
      expect([error.code, error.exitCode]).toEqual(['engine/out-of-memory', 5]);
      expect(engineMemory().tensors).toBe(before);
      const y = tf.tidy(() => linear(tf.ones([1, 3]), tf.ones([3, 1])));
      expect(Array.from(y.dataSync())).toEqual([3]);
      y.dispose();
    },
  );
});

it('differentiates through comparisons, with no gradient of their own', async () => {
  await useEngine('cpu');
  const slope = tf.grad((x) => tf.sum(tf.where(tf.logicalNot(tf.less(x, 0)), tf.square(x), tf.neg(x))));
  expect(Array.from(slope(tf.tensor1d([-2, 3])).dataSync())).toEqual([-1, 6]);
});
