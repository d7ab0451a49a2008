import { LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel, continueHead } from '@polytag/model';
import { FEATURES_RECIPE } from '@polytag/training';
import { isFeaturesHead } from './features-head.ts';

const labels = new LabelVocabulary(['cat', 'dog']);
const build = (head: { name: string; options?: object }) =>
  buildModel(
    {
      backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
      head: { name: head.name, options: { ...head.options } },
    },
    { labels, height: 32, width: 32, seed: 3 },
  );

beforeAll(() => useEngine('cpu'));

it.each([
  ['linear', { space: 'cosines' }, true],
  ['linear', { space: 'cosines', scale: 17 }, true],
  ['linear', { space: 'logits' }, false],
  ['linear', { space: 'cosines', pooling: 'avg+max' }, true],
  ['linear', { space: 'cosines', hidden: 'none' }, false],
  ['csra', {}, false],
])('says of %s with %j whether training goes on from its head: %s', async (name, options, expected) => {
  const open = await build({ name, options });
  const trained = await build(FEATURES_RECIPE.model.head);
  expect(isFeaturesHead(open)).toBe(expected);
  expect((await continueHead(trained, open)) !== undefined).toBe(expected);
  for (const model of [open, trained]) model.dispose();
});
