// Writes the example of the page from a trained model folder, its weights as float16:
//   node apps/studio/make-example.mjs runs/example/best
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSafetensors, writeSafetensors } from '@polytag/checkpoints';

const from = process.argv[2];
const to = join(import.meta.dirname, 'public/example');
await mkdir(to, { recursive: true });
for (const name of ['config.json', 'preprocessor_config.json', 'thresholds.json'])
  await copyFile(join(from, name), join(to, name));
const weights = 'model.safetensors';
const { tensors, metadata } = parseSafetensors(await readFile(join(from, weights)), { source: weights });
const halves = new Map(
  [...tensors].map(([name, { shape, data }]) => [
    name,
    data instanceof Float32Array ? { shape, data, dtype: 'F16' } : { shape, data },
  ]),
);
await writeSafetensors(join(to, weights), halves, metadata);
