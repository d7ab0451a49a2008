import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PolytagError } from '@polytag/core';
import { tinyParts } from '../tiny-parts.fixture.js';
import { builtInParts } from './built-in-parts.js';
import { modelConfigSchema } from './model-config.js';
import { resolvePart } from './resolve-part.js';

const here = dirname(fileURLToPath(import.meta.url));
const failure = async (promise: Promise<unknown>): Promise<PolytagError> => {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(PolytagError);
  return error as PolytagError;
};

describe('a part by name', () => {
  it('is built in, with the defaults of its options', async () => {
    const { part, options, module } = await resolvePart('loss', { name: 'asl', options: { gammaNeg: 2 } });
    expect(part.name).toBe('asl');
    expect(part.space).toBe('logits');
    expect(options).toMatchObject({ gammaNeg: 2, gammaPos: 0 });
    expect(module).toBeUndefined();
  });

  const alone = builtInParts.filter(({ file }) => file === undefined);
  it.each(alone.map(({ kind, name }) => [kind, name] as const))('%s %s can be named', async (kind, name) => {
    const { part, options } = await resolvePart(kind, { name });
    const again = await resolvePart(kind, { name, options });
    expect(again.options).toEqual(options);
    expect(again.part.name).toBe(part.name);
  });

  it('asks for the file that it is made of, which a config may also name shortly', async () => {
    await expect(resolvePart('backbone', { name: 'onnx' })).rejects.toMatchObject({
      code: 'usage/invalid',
      message: expect.stringContaining('model.backbone.options.file'),
    });
    const { backbone } = modelConfigSchema.parse({
      backbone: { onnx: './a.onnx', layout: 'map' },
      head: { name: 'linear' },
    });
    expect(backbone).toEqual({ name: 'onnx', options: { file: './a.onnx', layout: 'map' } });
    expect(modelConfigSchema.parse({ backbone, head: { name: 'linear' } }).backbone).toEqual(backbone);
    await expect(resolvePart('backbone', backbone)).rejects.toMatchObject({ code: 'usage/file-missing' });
  });

  it('that is misspelt is answered with the nearest', async () => {
    const error = await failure(resolvePart('head', { name: 'ml-decodr' }, { source: 'a.yaml' }));
    expect(error.code).toBe('usage/unknown-part');
    expect(error.message).toBe('a.yaml: "model.head.name" is "ml-decodr": unknown head.');
    expect(error.hint).toBe('Did you mean "ml-decoder"?');
  });

  it('of another kind is unknown', async () => {
    expect((await failure(resolvePart('head', { name: 'asl' }))).code).toBe('usage/unknown-part');
  });

  it('may be one of the caller', async () => {
    const reference = { name: 'mean', options: { scale: 3 } };
    const { part, options } = await resolvePart('head', reference, { parts: tinyParts });
    expect([part.name, options]).toEqual(['mean', expect.objectContaining({ scale: 3 })]);
  });

  it('gets defaults only for options that it has and the config leaves out', async () => {
    const defaults = { seed: 7, inputHeight: undefined, unknown: 1 };
    const reference = { name: 'tiny', options: { channels: 2 } };
    const { options } = await resolvePart('backbone', reference, { parts: tinyParts, defaults });
    expect(options).toEqual({ channels: 2, seed: 7 });
    const own = { name: 'tiny', options: { seed: 1 } };
    expect((await resolvePart('backbone', own, { parts: tinyParts, defaults })).options).toMatchObject({
      seed: 1,
    });
  });
});

describe('options', () => {
  it('that are wrong are named with path, value and nearest key', async () => {
    const settings = { parts: tinyParts, source: 'a.yaml' };
    const wrong = await failure(resolvePart('head', { name: 'mean', options: { scale: -1 } }, settings));
    expect(wrong.message).toContain('a.yaml: "model.head.options.scale" is -1');
    const misspelt = await failure(resolvePart('head', { name: 'mean', options: { scal: 1 } }, settings));
    expect(misspelt.message).toBe('a.yaml: unknown key "model.head.options.scal".');
    expect(misspelt.hint).toBe('Did you mean "model.head.options.scale"?');
  });
});

describe('a part from a module', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-'))));
  afterAll(() => rm(folder, { recursive: true }));

  it('is found relative to the config file', async () => {
    const reference = { module: './own-head.fixture.ts', options: { scale: 2 } };
    const { part, module, definition } = await resolvePart('head', reference, { baseFolder: here });
    expect(part).toMatchObject({ name: 'mean', space: 'logits' });
    expect(module).toBe(join(here, 'own-head.fixture.ts'));
    expect(definition.name).toBe('own');
    expect((await resolvePart('head', { module: module! }, { baseFolder: folder })).definition).toBe(
      definition,
    );
  });

  it('must exist', async () => {
    const missing = await failure(
      resolvePart('head', { module: './none.js' }, { baseFolder: folder, source: 'a.yaml' }),
    );
    expect(missing.code).toBe('usage/module-missing');
    expect(missing.message).toContain(join(folder, 'none.js'));
    const noPackage = await failure(
      resolvePart('head', { module: 'no-such-package-of-polytag' }, { baseFolder: folder }),
    );
    expect(noPackage.code).toBe('usage/module-missing');
  });

  it.each([
    [{ main: './dist/index.js' }],
    [{ exports: { '.': { types: './dist/index.d.ts', import: './dist/index.js', default: './x.js' } } }],
    [{ exports: './dist/index.js' }],
  ])('must be built, where it is a package: %j', async (manifest) => {
    const own = join(folder, 'node_modules/@own/late');
    await mkdir(join(own, 'dist'), { recursive: true });
    await writeFile(
      join(own, 'package.json'),
      JSON.stringify({ name: '@own/late', type: 'module', ...manifest }),
    );
    const late = await failure(resolvePart('head', { module: '@own/late' }, { baseFolder: folder }));
    expect([late.code, late.message]).toEqual([
      'usage/module-not-built',
      expect.stringContaining('"@own/late" is not built: it has no dist/index.js.'),
    ]);
    expect(late.hint).toContain('npx nx build late');
  });

  it.each([
    'data:text/javascript,export default 1',
    'https://example.org/head.js',
    'http://x/y.js',
    'node:fs',
  ])('cannot be an address: %s', async (module) => {
    const error = await failure(resolvePart('head', { module }, { baseFolder: folder }));
    expect([error.code, error.message]).toEqual(['usage/module-address', expect.stringContaining(module)]);
  });

  it('must load, and export a part of the right kind', async () => {
    await writeFile(join(folder, 'throws.mjs'), 'throw new Error("broken at once");');
    const throws = await failure(resolvePart('head', { module: './throws.mjs' }, { baseFolder: folder }));
    expect(throws).toMatchObject({ code: 'part/module-failed', exitCode: 8 });
    expect(throws.message).toContain('broken at once');
    await writeFile(join(folder, 'cut.mjs'), 'export const a = 1;\n\nexport default {\n  name: "x",\n');
    const cut = await failure(resolvePart('head', { module: './cut.mjs' }, { baseFolder: folder }));
    expect(cut.code).toBe('part/module-failed');
    expect(cut.message).toContain(`${join(folder, 'cut.mjs')}:5`);
    await writeFile(join(folder, 'named.mjs'), 'export const head = {}; export const b = 2;');
    const named = await failure(resolvePart('head', { module: './named.mjs' }, { baseFolder: folder }));
    expect(named.code).toBe('usage/not-a-part');
    expect(named.message).toMatch(/no default export; its named exports are b, head/);
    await writeFile(join(folder, 'other.mjs'), 'export default { name: "x" };');
    const other = await failure(resolvePart('head', { module: 'other.mjs' }, { baseFolder: folder }));
    expect(other.code).toBe('usage/not-a-part');
    expect(other.hint).toContain('defineHead');
    const backbone = await failure(
      resolvePart('head', { module: './own-backbone.fixture.ts' }, { baseFolder: here }),
    );
    expect(backbone.code).toBe('usage/not-a-part');
    expect(backbone.message).toContain('"tiny" is a backbone; expected a head');
  });
});
