import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel, loadModel, saveModel } from '@polytag/model';
import { exportTfjs } from './index.js';

it('runs the example of the README', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-export-'));
  const [modelFolder, webFolder] = [join(folder, 'best'), join(folder, 'web')];
  await useEngine('wasm');
  const backbone = { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } };
  const labels = new LabelVocabulary(['cat', 'dog']);
  const saved = await buildModel({ backbone, head: { name: 'linear' } }, { labels, height: 32, width: 32 });
  await saveModel(saved, modelFolder);
  saved.dispose();

  await useEngine('wasm');
  const model = await loadModel(modelFolder); // e.g. runs/first/best
  await exportTfjs(model, webFolder);
  model.dispose();

  expect(await readdir(webFolder)).toEqual(expect.arrayContaining(['model.json', 'polytag.json']));
  await rm(folder, { recursive: true });
});
