import { scalar, tensor2d, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import type { BatchwiseLoss, ElementwiseLoss, Loss } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { binaryCrossEntropy, splcLoss, twoWayLoss } from '@polytag/losses';
import { checkLoss } from './check-loss.js';
import { lossInEpoch, lossValue } from './loss-value.js';

beforeAll(() => useEngine('cpu'));

const valueOf = (loss: Loss, share: number, reduction: 'sum' | 'mean' = 'sum') =>
  tidy(() => {
    const [x, y] = [tensor2d([[1, -2]]), tensor2d([[1, 0]])];
    return lossValue(loss, x, y, 1, { reduction, known: 2, share }).dataSync()[0];
  });

it('weighs a batchwise loss by its share, whatever the reduction; an elementwise one is a sum', () => {
  const whole = valueOf(twoWayLoss(), 1);
  expect(valueOf(twoWayLoss(), 0.25)).toBeCloseTo(whole / 4, 6);
  expect(valueOf(twoWayLoss(), 1, 'mean')).toBe(whole);
  expect(valueOf(binaryCrossEntropy(), 0.25)).toBe(valueOf(binaryCrossEntropy(), 1));
});

it('asks a loss that changes for that of the epoch, and leaves others as they are', () => {
  const plain = binaryCrossEntropy();
  expect(lossInEpoch(plain, 7)).toBe(plain);
  const [first, later] = [0, 5].map((epoch) => lossInEpoch(splcLoss({ threshold: 0.1 }), epoch));
  expect(valueOf(later, 1)).not.toBe(valueOf(first, 1));
});

it.each([
  ['nothing', () => undefined],
  ['a loss of another space', () => ({ ...binaryCrossEntropy(), space: 'cosines' })],
  ['a batchwise loss', () => twoWayLoss()],
])('refuses a forEpoch that gives %s, by the name of the loss', (_, forEpoch) => {
  const loss = { ...binaryCrossEntropy(), name: 'mine', forEpoch } as unknown as ElementwiseLoss;
  expect(() => checkLoss(loss, { labels: 2, scale: 1 })).toThrow(/loss "mine"/);
});

it.each([
  ['elements', (x: Tensor2D) => x, /expected one float32 value\./],
  ['a negative value', () => scalar(-1), /is -1 for a batch; expected 0 or more/],
  ['a constant', () => scalar(1), /cannot be differentiated|gradient of/],
])('refuses a batchwise loss that gives %s', (_, batchwise, message) => {
  const loss = { ...twoWayLoss(), name: 'mine', batchwise } as BatchwiseLoss;
  expect(() => checkLoss(loss, { labels: 2, scale: 1 })).toThrow(message);
});
