import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importRuntime } from './find-runtime.js';

it('gives nothing for a package that is not installed', async () => {
  expect(await importRuntime('onnxruntime-of-nobody')).toBeUndefined();
});

it('names a package that is installed and lacks its binary', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-runtime-'));
  try {
    const path = join(folder, 'onnxruntime-broken.mjs');
    // As Node says it.
    const message = `Cannot find module '../bin/binding.node'\nRequire stack:\n- ${path}`;
    await writeFile(
      path,
      `throw Object.assign(new Error(${JSON.stringify(message)}), { code: 'MODULE_NOT_FOUND' });`,
    );
    await expect(importRuntime(path)).rejects.toMatchObject({
      code: 'engine/onnx-runtime',
      message: expect.stringContaining('is installed but cannot be loaded: Cannot find module'),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
