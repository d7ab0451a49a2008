import { useEngine } from '@polytag/engine';
import { smallModel } from './evaluation.fixture.js';
import { networkFor } from './network-for.js';

beforeAll(() => useEngine('cpu'));

it('runs all of a model on images, its head on feature maps', async () => {
  const model = await smallModel();
  expect(networkFor(model, 'images')).toBe(model.network);
  expect(networkFor(model, 'feature-maps')).toBe(model.headNetwork);
  const { network } = model;
  expect(() => networkFor({ network }, 'feature-maps')).toThrow(
    expect.objectContaining({ code: 'usage/no-head-network' }),
  );
  model.dispose();
});
