import { mkdir, symlink } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { Store } from '@polytag/queue';
import { loadRunConfig } from '../config/load-run-config.js';
import { Project } from '../project.fixture.js';
import { readData } from '../run/run-data.js';
import { jobContext } from './job-context.js';
import { openConfig, storedConfig, type StoredConfig } from './stored-config.js';

let project: Project;
let store: Store;
let stored: StoredConfig;
beforeAll(async () => {
  project = await Project.make();
  store = await Store.open(project.folder);
  stored = await storedConfig(await loadRunConfig(project.path('tiny.yaml'), []), store);
  await symlink('/etc', project.path('etc'));
});
afterAll(() => project.remove());

const openWith = (values: object, files = stored.files) =>
  openConfig({ values: { ...stored.values, ...values } as StoredConfig['values'], files }, store, {
    allowModules: false,
  });

it('opens what it was made of', async () => {
  const { data } = await openWith({});
  expect(data).toMatchObject({ root: project.path('data'), train: 'train.json', val: 'val.json' });
});

it('takes a data set that lies in the store itself, not in a folder of it', async () => {
  const itself = await Store.open(project.path('data'));
  const config = await loadRunConfig(project.path('tiny.yaml'), []);
  const opened = await openConfig(await storedConfig(config, itself), itself, { allowModules: false });
  expect(opened.data).toMatchObject({ root: itself.path, train: 'train.json', val: 'val.json' });
});

it('tells a config of another version, or of nobody, in one line with what to do', async () => {
  for (const values of [
    { data: undefined },
    { data: null },
    { data: { train: 5 } },
    { soon: {} },
    { seed: 'x' },
  ])
    await expect(openWith(values)).rejects.toMatchObject({
      code: 'queue/job',
      message: expect.stringMatching(/^The job's config is malformed: ✖ /),
      hint: 'Use one version of Polytag on all machines.',
    });
});

it('runs no code and opens nothing outside the store', async () => {
  const { data, model, training } = stored.values as Record<string, object>;
  for (const module of ['data:text/javascript,0', '/evil.mjs', 'node:fs', 'store:evil.mjs'])
    await expect(openWith({ loss: { module } })).rejects.toMatchObject({ code: 'queue/modules' });
  for (const values of [
    ...['/etc', 'store:../..', 'store:etc', 'store:etc/new', 'data'].map((root) => ({ data: { ...data, root } })), // prettier-ignore
    ...['/etc/passwd', '../x', 'store:etc/passwd'].map((train) => ({ data: { ...data, train } })),
    ...['/etc/passwd', 'https://x.invalid/y'].map((weights) => ({ model: { ...model, weights } })),
    ...['/tmp/x', 'store:etc/x'].map((cache) => ({ training: { ...training, features: { cache } } })),
  ])
    await expect(openWith(values)).rejects.toMatchObject({ code: 'queue/outside-store' });
  const context = jobContext('trial', { store, signal: AbortSignal.any([]), log: new PassThrough().resume() }); // prettier-ignore
  const dataWith = async (image: string) => {
    await project.labelFile('more.json', () => ['cat'], { replace: { 3: image } });
    const config = await openWith({ data: { ...data, train: 'more.json', val: null } });
    return readData(config, context);
  };
  await mkdir(project.path('data/deep'));
  expect((await dataWith('deep/../images/train-00003.png')).train.images).toHaveLength(8);
  await symlink('train-00003.png', project.path('data/images/within.png'));
  expect((await dataWith('images/within.png')).train.images).toHaveLength(8);
  await symlink('/etc/hostname', project.path('data/images/out.png'));
  for (const image of ['../../x.png', '/etc/x.png', '../etc/x.png', 'images/out.png'])
    await expect(dataWith(image)).rejects.toMatchObject({
      code: 'queue/outside-store',
      message: expect.stringContaining(`, which is outside the store ${store.path}.`),
    });
  // Nor is it given to workers, which would each refuse it.
  const named = await loadRunConfig(project.path('tiny.yaml'), ['data.train=more.json']);
  await expect(storedConfig(named, store)).rejects.toMatchObject({ code: 'queue/outside-store' });
  const others = stored.files.map((file) => ({ ...file, sha256: '0'.repeat(64) }));
  await expect(openWith({}, others)).rejects.toMatchObject({ code: 'queue/other-content' });
});
