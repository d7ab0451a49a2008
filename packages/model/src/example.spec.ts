import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor3d } from '@tensorflow/tfjs-core';
import { LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel, loadModel, saveModel } from './index.js';

it('runs the example of the README', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'polytag-')), 'model');

  await useEngine('wasm');
  const photo = tensor3d(new Uint8Array(40 * 50 * 3).fill(128), [40, 50, 3]);
  const model = await buildModel(
    {
      backbone: { name: 'mobilenet-v3-small', options: {} },
      head: { name: 'linear', options: { space: 'cosines' } },
    },
    { labels: new LabelVocabulary(['cat', 'dog', 'person']), height: 64, width: 64, seed: 1 },
  );
  await saveModel(model, folder);
  const same = await loadModel(folder);
  const labels = await same.predict(photo); // a path, the bytes of a file, or a tensor: [{ label, score }, …]
  const best = await same.topK(photo, 2);

  // As in a loaded model: the same weights give the same bits.
  model.foldConstants();
  expect(best).toEqual(await model.topK(photo, 2));
  expect(best).toHaveLength(2);
  expect(labels).toEqual((await same.topK(photo, 3)).filter(({ score }) => score > 0.5));
});
