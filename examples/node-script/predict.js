// Labels of photographs:
//   node predict.js MODEL PHOTO…       with a model folder of polytag-train
//   node predict.js                    a test of the installation: random weights, drawn scenes
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabelVocabulary } from '@polytag/core';
import { writeScenes } from '@polytag/datasets/scenes';
import { useEngine } from '@polytag/engine';
import { buildModel, loadModel, saveModel } from '@polytag/model';

await useEngine('wasm');
const [folder, ...photos] = process.argv.slice(2);
if (folder) await predict(folder, photos);
else await tryOut();

async function predict(folder, photos) {
  const model = await loadModel(folder);
  // A photograph that cannot be read gets an error as its result; the others are predicted.
  const results = await model.topK(photos, 3, { onError: 'return' });
  for (const [i, result] of results.entries()) {
    const told = Array.isArray(result)
      ? result.map(({ label, score }) => `${label} ${score.toFixed(3)}`).join(', ')
      : `error: ${result.message}`;
    console.log(`${photos[i]}: ${told}`);
  }
  model.dispose();
}

async function tryOut() {
  const aside = await mkdtemp(join(tmpdir(), 'polytag-example-'));
  await writeScenes({ folder: aside, seed: 1, train: 2, validation: 1, size: 96 });
  const model = await buildModel(
    { backbone: { name: 'mobilenet-v3-small', options: {} }, head: { name: 'linear' } },
    {
      labels: new LabelVocabulary(['bird', 'boat', 'car', 'dog', 'house', 'tree']),
      height: 96,
      width: 96,
      seed: 1,
    },
  );
  await saveModel(model, join(aside, 'model'));
  model.dispose();
  const photos = (await readdir(join(aside, 'images'))).map((name) => join(aside, 'images', name));
  await predict(join(aside, 'model'), [...photos, join(aside, 'train.json')]);
  await rm(aside, { recursive: true });
}
