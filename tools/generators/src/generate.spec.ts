import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { flushChanges, FsTree } from 'nx/src/generators/tree.js';
import { useEngine } from '@polytag/engine';
import { checkBackbone, checkHead, checkLoss } from '@polytag/testing';
import { backboneGenerator, headGenerator, lossGenerator, readerGenerator } from './generate.js';

const root = join(import.meta.dirname, '../../..');
const scratch = relative(root, join(import.meta.dirname, '../tmp'));

beforeAll(() => useEngine('wasm'));
afterAll(() => rm(join(root, scratch), { recursive: true, force: true }));

it.each([
  ['head', headGenerator, checkHead],
  ['loss', lossGenerator, checkLoss],
  ['backbone', backboneGenerator, checkBackbone],
] as const)('a new %s keeps its contract as it is', async (kind, generate, check) => {
  const tree = new FsTree(root, false);
  await generate(tree, { name: `new-${kind}`, directory: `${scratch}/new-${kind}` });
  flushChanges(root, tree.listChanges());
  const { default: part } = await import(join(root, scratch, `new-${kind}/src/index.ts`));
  await (check as (part: unknown) => Promise<void>)(part);
  const manifest = JSON.parse(await readFile(join(root, scratch, `new-${kind}/package.json`), 'utf8'));
  expect(manifest).toMatchObject({ name: `@polytag/new-${kind}`, private: true });
});

it('a new reader is listed, and exported', async () => {
  const tree = new FsTree(root, false);
  await readerGenerator(tree, { name: 'new-format' });
  const files = tree.listChanges().map(({ path }) => path);
  expect(files.filter((path) => path.includes('/new-format/'))).toHaveLength(4);
  expect(tree.read('packages/datasets/src/formats/readers.ts', 'utf8')).toContain('  newFormatReader,\n');
  expect(tree.read('packages/datasets/src/index.ts', 'utf8')).toContain('readNewFormat');
});

it('refuses a name that is none, and a folder that is taken', async () => {
  const tree = new FsTree(root, false);
  await expect(headGenerator(tree, { name: 'My Head' })).rejects.toThrow('small letters');
  await expect(headGenerator(tree, { name: 'heads' })).rejects.toThrow('already exists');
  await expect(readerGenerator(tree, { name: 'coco' })).rejects.toThrow('already exists');
});
