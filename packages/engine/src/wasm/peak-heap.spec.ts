import { add, memory, tidy, zeros } from '@tensorflow/tfjs-core';
import { useEngine } from '../use-engine.js';
import { peakHeapBytes } from './peak-heap.js';

const KB = 1024;
const floats = (kilobytes: number) => zeros([kilobytes * (KB / 4)]);

it('is the largest sum of what lives at once, not of what was taken', async () => {
  await useEngine('wasm');
  const kept = floats(8);
  const before = memory().numTensors;
  const peak = await peakHeapBytes(async () => {
    for (let i = 0; i < 5; i++) floats(64).dispose();
    tidy(() => void add(floats(16), floats(16)));
  });
  expect(peak).toBe(64 * KB);
  expect(await peakHeapBytes(async () => tidy(() => add(floats(40), floats(40))).dispose())).toBe(120 * KB);
  // What was there before and goes makes no room.
  expect(await peakHeapBytes(async () => (kept.dispose(), floats(16).dispose()))).toBe(16 * KB);
  expect(memory().numTensors).toBe(before - 1);
});

it('measures no more once the action failed', async () => {
  await useEngine('wasm');
  await expect(peakHeapBytes(() => Promise.reject(new Error('stop')))).rejects.toThrow('stop');
  expect(await peakHeapBytes(async () => undefined)).toBe(0);
});

it('is 0 where there is no such heap', async () => {
  await useEngine('cpu');
  expect(await peakHeapBytes(async () => floats(4).dispose())).toBe(0);
});
