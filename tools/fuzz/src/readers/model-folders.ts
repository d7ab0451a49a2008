import { readFolder } from '@polytag/checkpoints';
import { LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel, loadModel, modelFiles } from '@polytag/model';
import { createHash } from 'node:crypto';
import type { FuzzedReader } from '../reader.js';

/** A small model with thresholds and a calibration, as its folder. Nothing is computed with it. */
export async function modelFolders(): Promise<readonly FuzzedReader[]> {
  await useEngine('cpu');
  const model = await buildModel(
    {
      backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
      head: { name: 'linear', options: { space: 'cosines', scale: 17 } },
    },
    { labels: new LabelVocabulary(['café', 'cat', '__proto__']), height: 32, width: 32, seed: 1 },
  );
  model.thresholds = [0.25, 0.5, 0.75];
  model.calibration = { method: 'platt', slopes: [1, 2, 3], offsets: [0, -1, 1] };
  const files = await modelFiles(model, '.');
  model.dispose();
  const texts = ['config.json', 'preprocessor_config.json', 'thresholds.json', 'calibration.json'];
  const load = async (folder: string) => (await loadModel(folder)).dispose();
  return [
    // Without a list of checksums: the damage is met.
    { name: 'model folder', files, damaged: texts, read: load, share: 0.1 },
    {
      name: 'model folder, weights',
      files,
      damaged: ['model.safetensors'],
      read: load,
      share: 0.02,
      // Most of the file is weights, in which all is allowed: the damage is moved into the header.
      mend: (_, content, random) =>
        inHeader(Buffer.from(files['model.safetensors']), content, random.integer(4000)),
    },
    {
      name: 'folder manifest',
      files: { 'a.txt': 'x', 'manifest.json': manifestOf('a.txt', 'x') },
      damaged: ['manifest.json'],
      read: readFolder,
    },
  ];
}

/** Bytes of the damaged file where the whole one has its header, from a place on. */
function inHeader(whole: Buffer, damaged: Uint8Array, at: number): Uint8Array {
  const changed = Buffer.from(whole);
  const different = damaged.findIndex((byte, i) => byte !== whole[i]);
  if (different >= 0) changed.set(damaged.subarray(different, different + 4), 8 + at);
  return changed;
}

function manifestOf(name: string, text: string): string {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return JSON.stringify({ version: 1, files: { [name]: { bytes: text.length, sha256 } } });
}
