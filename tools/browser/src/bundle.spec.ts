import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { bundle } from './bundle.js';

// Whole packages are bundled.
jest.setTimeout(120_000);

/** Packages for browsers; of `model`, what its `browser` condition names. */
const PACKAGES = [
  'core',
  'ops',
  'engine',
  'layers',
  'backbones',
  'heads',
  'losses',
  'metrics',
  'model',
  'onnx-runtime',
  'report',
];

const here = dirname(fileURLToPath(import.meta.url));

it.each(PACKAGES)('@polytag/%s bundles for a browser, without anything of Node', async (name) => {
  const folder = await mkdtemp(join(here, 'entry-'));
  try {
    const entry = join(folder, 'entry.js');
    await writeFile(entry, `export * from '@polytag/${name}';\n`);
    const { metafile, warnings, outputFiles } = await bundle({ entry });
    expect(warnings).toEqual([]);
    expect(outputFiles.length).toBeGreaterThan(0);
    // What the bundle still imports at run time: nothing but its own files.
    const outside = Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ external }) => external)
      .map(({ path }) => path);
    expect(outside).toEqual([]);
    // Nor one of the files that need Node.
    const needNode = /platform\/node\.ts|node_modules\/(sharp|piscina|webgpu)\//;
    expect(Object.keys(metafile.inputs).filter((path) => needNode.test(path))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('fails on a built-in of Node, by either name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-bundle-'));
  try {
    for (const name of ['node:fs', ...builtinModules.filter((one) => one === 'worker_threads')]) {
      const entry = join(folder, 'entry.js');
      await writeFile(entry, `export * from '${name}';\n`);
      await expect(bundle({ entry })).rejects.toThrow(name);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
