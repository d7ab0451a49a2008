import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { randomUniform, type Tensor4D } from '@tensorflow/tfjs-core';
import { LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import ownHead from '../config/own-head.fixture.js';
import { buildModel } from '../build/build-model.js';
import type { MultiLabelModel } from '../multi-label-model.js';
import { tinyParts } from '../tiny-parts.fixture.js';
import { loadModel } from './load-model.js';
import { saveModel } from './save-model.js';

const here = dirname(fileURLToPath(import.meta.url));
const size = { labels: new LabelVocabulary(['cat', 'dog']), height: 8, width: 6, parts: tinyParts };

const outputsOf = async (model: MultiLabelModel) => {
  model.foldConstants();
  return [...(await model.predictBatch(randomUniform([1, 8, 6, 3], -1, 1, 'float32', 5) as Tensor4D).data())];
};

/** The fixture, as a person writes it: in two files beside each other. */
const HEAD = `import { defineHead } from '@polytag/core';
import { GlobalPool, Linear } from '@polytag/layers';
import * as z from 'zod';
import { NAME as name } from './names.js';
globalThis.ranOwnHead = (globalThis.ranOwnHead ?? 0) + 1;
const late = () => import('./late.js');
export default defineHead({
  name,
  options: z.strictObject({ scale: z.number().default(2) }),
  create: ({ scale }) => ({
    name, late,
    space: 'logits',
    apply: (map, { labels, seed }) => {
      const classifier = new Linear({ name: 'classifier', units: labels.size, seed });
      return { outputs: classifier.apply(new GlobalPool({ name: 'pool' }).apply(map)), scale };
    },
  }),
});
`;

const runs = () => (globalThis as { ranOwnHead?: number }).ranOwnHead ?? 0;

describe('the module of an own part', () => {
  /** Inside the package, so that the packages that modules import are found from it. */
  let parent: string;
  let folder: string;
  beforeAll(() => useEngine('cpu'));
  beforeEach(async () => {
    const scratch = join(here, '../../out-tsc');
    await mkdir(scratch, { recursive: true });
    parent = await realpath(await mkdtemp(join(scratch, 'own-')));
    folder = join(parent, 'best');
    await mkdir(join(parent, 'parts'));
    await writeFile(join(parent, 'parts/my-head.mjs'), HEAD);
    await writeFile(join(parent, 'parts/names.js'), `export const NAME = 'mine';\n`);
    await writeFile(join(parent, 'parts/late.js'), `export { NAME } from './names.js';\n`);
  });
  afterEach(() => rm(parent, { recursive: true }));

  const build = (module: string) =>
    buildModel({ backbone: { name: 'tiny' }, head: { module } }, { ...size, baseFolder: parent });
  const config = async (where = folder) => JSON.parse(await readFile(join(where, 'config.json'), 'utf8'));
  /** As if written by somebody else: without checksums. */
  async function renameModule(module: string): Promise<void> {
    const value = await config();
    value.head.module = module;
    await writeFile(join(folder, 'config.json'), JSON.stringify(value));
    await rm(join(folder, 'manifest.json'), { force: true });
  }
  const refusal = (allowModules?: boolean) =>
    loadModel(folder, { parts: tinyParts, allowModules }).then(
      () => 'loaded',
      (error: unknown) => error,
    );

  describe('is kept in the model folder', () => {
    it('with what it imports, and runs from there when that is allowed', async () => {
      const model = await build('./parts/my-head.mjs');
      await saveModel(model, folder);
      await rm(join(parent, 'parts'), { recursive: true });
      expect((await config()).head).toEqual({ name: 'mine', module: './head.mjs', options: { scale: 2 } });
      const code = (await readdir(folder)).filter((name) => name.startsWith('head')).sort();
      expect(code).toEqual(['head-2.mjs', 'head-3.mjs', 'head.mjs']);
      expect(await readFile(join(folder, 'head-3.mjs'), 'utf8')).toBe(
        `export { NAME } from './head-2.mjs';\n`,
      );
      const loaded = await loadModel(folder, { parts: tinyParts, allowModules: true });
      expect(await outputsOf(loaded)).toEqual(await outputsOf(model));
      const { late } = loaded.head as unknown as { late(): Promise<{ NAME: string }> };
      expect((await late()).NAME).toBe('mine');
      // And goes along when the model is saved again.
      const again = join(parent, 'again');
      await saveModel(loaded, again);
      await rm(folder, { recursive: true });
      expect(await outputsOf(await loadModel(again, { parts: tinyParts, allowModules: true }))).toEqual(
        await outputsOf(model),
      );
    });

    it('as it was when the model was built', async () => {
      const model = await build('./parts/my-head.mjs');
      await writeFile(join(parent, 'parts/my-head.mjs'), 'throw new Error("edited since");');
      await saveModel(model, folder);
      expect(await readFile(join(folder, 'head.mjs'), 'utf8')).toContain('defineHead');
    });

    it('under its checksum', async () => {
      await saveModel(await build('./parts/my-head.mjs'), folder);
      await writeFile(join(folder, 'head.mjs'), HEAD.replace('create:', 'create :'));
      expect(await refusal(true)).toMatchObject({ code: 'checkpoint/checksum' });
    });

    it('unless what it needs cannot be followed: then by its path', async () => {
      await writeFile(join(parent, 'parts/my-head.mjs'), `${HEAD}export const here = import.meta.url;\n`);
      const model = await build('./parts/my-head.mjs');
      expect(model.parts.head.code).toBeUndefined();
      await saveModel(model, folder);
      expect((await config()).head.module).toBe('../parts/my-head.mjs');
      expect(await refusal(true)).toMatchObject({ code: 'checkpoint/module-outside' });
      expect(
        await outputsOf(await loadModel(folder, { parts: [...tinyParts, ownHeadNamed('mine')] })),
      ).toEqual(await outputsOf(model));
    });
  });

  const ownHeadNamed = (name: string) => ({ ...ownHead, name });

  describe('does not run', () => {
    beforeEach(async () => saveModel(await build('./parts/my-head.mjs'), folder));

    it('unless that is allowed: the file is named', async () => {
      const before = runs();
      expect(await refusal()).toMatchObject({
        code: 'checkpoint/module-not-allowed',
        exitCode: 4,
        message: expect.stringContaining(`loading the model runs ${join(folder, 'head.mjs')}`),
        hint: expect.stringContaining('--allow-modules'),
      });
      expect(runs()).toBe(before);
    });

    const data = `data:text/javascript,${encodeURIComponent('globalThis.ranOwnHead = 1e9;')}`;
    it.each([
      ['a path out of the folder', () => '../parts/my-head.mjs', 'parts/my-head.mjs'],
      ['one that only begins in it', () => './x/../../parts/my-head.mjs', 'parts/my-head.mjs'],
      ['an absolute path', () => join(parent, 'parts/my-head.mjs'), 'parts/my-head.mjs'],
      ['a file: address', () => pathToFileURL(join(parent, 'parts/my-head.mjs')).href, 'parts/my-head.mjs'],
      ['an address in itself', () => data, 'data:text/javascript'],
      ['an address on the web', () => 'https://example.org/a.mjs', 'https://example.org/a.mjs'],
      ['an address without encryption', () => 'HTTP://example.org/a.mjs', 'HTTP://example.org/a.mjs'],
      ['a link that leaves it', () => './link.mjs', 'parts/my-head.mjs'],
      ['a folder that is a link', () => './parts/my-head.mjs', 'parts/my-head.mjs'],
      ['the folder itself', () => '.', 'best'],
      ['a package path that leaves its package', () => 'zod/../../../evil.mjs', 'evil.mjs'],
      ['a module of Node', () => 'node:fs', 'node:fs'],
      ['a module of Node, by its old name', () => 'child_process', 'child_process'],
      ['a name inside a package', () => '#import-part', '#import-part'],
    ])('when it is %s, allowed or not', async (_, module, named) => {
      await symlink(join(parent, 'parts/my-head.mjs'), join(folder, 'link.mjs'));
      await symlink(join(parent, 'parts'), join(folder, 'parts'));
      await renameModule(module());
      const before = runs();
      expect(await refusal()).toMatchObject({ code: 'checkpoint/module-not-allowed' });
      expect(await refusal(true)).toMatchObject({
        code: expect.stringMatching(/^checkpoint\/(module-outside|part)$/),
        exitCode: 4,
        message: expect.stringContaining(named),
      });
      expect(runs()).toBe(before);
    });

    it('when it is gone; the part may come from the program', async () => {
      await renameModule('./none.mjs');
      expect(await refusal(true)).toMatchObject({
        code: 'checkpoint/part',
        message: expect.stringContaining(join(folder, 'none.mjs')),
      });
      const before = runs();
      const loaded = await loadModel(folder, { parts: [...tinyParts, ownHeadNamed('mine')] });
      expect(loaded.labels.names).toEqual(['cat', 'dog']);
      expect(runs()).toBe(before);
    });

    it('when a package of that name is not installed', async () => {
      await renameModule('no-such-package-of-polytag');
      expect(await refusal(true)).toMatchObject({ code: 'checkpoint/part' });
    });
  });

  it('runs from a folder that was moved or is a link', async () => {
    const model = await build('./parts/my-head.mjs');
    await saveModel(model, folder);
    await cp(folder, join(parent, 'moved'), { recursive: true });
    await symlink(join(parent, 'moved'), join(parent, 'linked'));
    for (const name of ['moved', 'linked']) {
      const loaded = await loadModel(join(parent, name), { parts: tinyParts, allowModules: true });
      expect(await outputsOf(loaded)).toEqual(await outputsOf(model));
    }
  });
});
