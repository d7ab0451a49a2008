import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import ts from 'typescript';
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

it('the code of a new reader has the types that the builder of splits asks for', async () => {
  const tree = new FsTree(root, false);
  await readerGenerator(tree, { name: 'new-format' });
  const made = new Map(
    tree.listChanges().map(({ path, content }) => [join(root, path), content?.toString() ?? '']),
  );
  const { config } = ts.readConfigFile(
    join(root, 'packages/datasets/tsconfig.lib.json'),
    ts.sys.readFile,
  ) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'packages/datasets'));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  // The folder of the reader is not on disk.
  delete host.directoryExists;
  host.fileExists = (path) => made.has(path) || fileExists(path);
  host.readFile = (path) => made.get(path) ?? readFile(path);
  const reader = join(root, 'packages/datasets/src/formats/new-format/reader.ts');
  const program = ts.createProgram([reader], { ...options, noEmit: true, composite: false }, host);
  const wrong = [...made.keys()]
    .filter((path) => /new-format\/[^/]*(?<!spec)\.ts$/.test(path))
    .flatMap((path) => {
      const source = program.getSourceFile(path);
      return source ? program.getSemanticDiagnostics(source) : [];
    })
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  expect(program.getSourceFile(reader)).toBeDefined();
  expect(wrong).toEqual([]);
});

it('refuses a name that is none, and a folder that is taken', async () => {
  const tree = new FsTree(root, false);
  await expect(headGenerator(tree, { name: 'My Head' })).rejects.toThrow('small letters');
  await expect(headGenerator(tree, { name: 'heads' })).rejects.toThrow('already exists');
  await expect(readerGenerator(tree, { name: 'coco' })).rejects.toThrow('already exists');
  await expect(headGenerator(tree, { name: 'new', directory: 'docs' })).rejects.toThrow(
    'a word of the language',
  );
  await expect(headGenerator(tree, { name: 'undefined' })).rejects.toThrow('a word of the language');
  await expect(headGenerator(tree, { name: 'a'.repeat(61) })).rejects.toThrow('the limit is 60');
  await expect(headGenerator(tree, { name: 'my', directory: 'docs' })).rejects.toThrow('docs already exists');
  await expect(headGenerator(tree, { name: 'my', directory: '../my' })).rejects.toThrow('no folder below');
  await expect(headGenerator(tree, { name: 'trainer' })).rejects.toThrow('apps/trainer');
  await expect(lossGenerator(tree, { name: 'relu' })).rejects.toThrow(
    'declare relu, which its source imports',
  );
  await expect(readerGenerator(tree, { name: 'text' })).rejects.toThrow('declare readText');
  await expect(readerGenerator(tree, { name: 'path-list' })).rejects.toThrow('@polytag/datasets exports');
  expect(tree.listChanges()).toEqual([]);
});

it('refuses an option that it does not have, and names those it has', async () => {
  const tree = new FsTree(root, false);
  await expect(headGenerator(tree, { name: 'my-own', directry: 'packages/x' })).rejects.toThrow(
    'no option --directry. The options are --name and --directory.',
  );
  await expect(readerGenerator(tree, { name: 'my-own', nope: 1 })).rejects.toThrow(
    'no option --nope. The options are --name and --register.',
  );
  expect(tree.listChanges()).toEqual([]);
});

it('takes a folder however it is written', async () => {
  const tree = new FsTree(root, false);
  await headGenerator(tree, { name: 'tidy-head', directory: './packages/tidy-head/' });
  expect(tree.read('packages/tidy-head/tsconfig.json', 'utf8')).toContain('"../../tsconfig.base.json"');
  expect(tree.read('tsconfig.json', 'utf8')).toContain('"./packages/tidy-head"');
  // `npx nx sync:check` asks for each package of the workspace, and only for those.
  for (const [directory, isReferenced] of [
    ['tools/tidy-tool', true],
    ['examples/tidy-example', false],
  ] as const) {
    await headGenerator(tree, { name: directory.split('/')[1], directory });
    expect(tree.read('tsconfig.json', 'utf8')!.includes(`"./${directory}"`)).toBe(isReferenced);
  }
});

it('refers to other packages as nx sync does, which takes other ways to them for stale', async () => {
  const tree = new FsTree(root, false);
  for (const directory of ['packages/tidy-head', 'examples/parts/tidy-head']) {
    await headGenerator(tree, { name: 'tidy-head', directory });
    const { references } = JSON.parse(tree.read(`${directory}/tsconfig.lib.json`, 'utf8')!);
    const up = directory.startsWith('packages') ? '..' : '../../../packages';
    expect(references).toContainEqual({ path: `${up}/core/tsconfig.lib.json` });
    tree.delete(directory);
  }
});
