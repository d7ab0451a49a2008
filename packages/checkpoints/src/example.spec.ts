import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors, readFolder, serialiseSafetensors, writeFolder } from './index.js';

it('runs the example of the README', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'polytag-')), 'step-100');

  await writeFolder(folder, {
    'state.json': JSON.stringify({ step: 100 }),
    'model.safetensors': serialiseSafetensors({
      'classifier.weight': { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    }),
  });
  const files = await readFolder(folder); // refuses a file that was changed
  const { tensors } = parseSafetensors(files.get('model.safetensors')!);
  const weight = tensors.get('classifier.weight')!; // { dtype: 'F32', shape: [2, 3], data: Float32Array }

  expect(weight).toEqual({ dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
});
