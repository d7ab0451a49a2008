import { HALF, type Backbone } from '@polytag/core';
import { headOnly } from './head-only.js';

const backbone: Backbone = {
  name: 'file',
  featureChannels: 1,
  stride: 1,
  normalisation: HALF,
  padding: 'same',
  apply: (image) => image,
};
const frozen = { ...backbone, frozen: 'it is a file' };
const settings = { freeze: [], freezeEpochs: 0, frozenBatchNorm: 'running' as const, rateFactors: {} };

it('trains a backbone that cannot learn on cached features alone', () => {
  expect(headOnly(settings, 'images', [backbone])).toBe(settings);
  expect(headOnly(settings, 'feature-maps', [frozen]).freeze).toEqual(['backbone']);
  for (const models of [[frozen], [backbone, frozen]]) {
    expect(() => headOnly(settings, 'images', models)).toThrow(
      expect.objectContaining({
        code: 'usage/frozen-backbone',
        message: 'The backbone "file" cannot be trained: it is a file.',
        hint: expect.stringContaining('training.features=true'),
      }),
    );
  }
});
