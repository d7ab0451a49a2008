import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
let folder: string;
beforeAll(async () => {
  project = await ModelProject.make();
  folder = project.path('stranger');
  await cp(project.best, folder, { recursive: true });
  await rm(join(folder, 'manifest.json'));
});
afterAll(() => project.remove());

const ran = () => (globalThis as { strangerRan?: boolean }).strangerRan;

async function bring(module: string): Promise<void> {
  const config = JSON.parse(await readFile(project.path('run/best/config.json'), 'utf8'));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ ...config, head: { ...config.head, module } }),
  );
}

/** Every verb that loads a model folder. */
const verbs = () => [
  ['compare', folder, folder, '--data', project.path('data/val.json')],
  ...verbsOfOne().map((argv) => [...argv, '--model', folder]),
];

const verbsOfOne = () => [
  ['score', '--data', project.path('data/val.json')],
  ['predict', project.path('data/images/val-00000.png')],
  ['embed', project.path('data/images/val-00000.png'), '--out', project.path('vectors.npy')],
  ['suggest', '--data', project.path('data/val.json'), '--pool', project.path('data')],
  ['thresholds', '--data', project.path('data/val.json'), '--out', project.path('tuned')],
  ['calibrate', '--data', project.path('data/val.json'), '--out', project.path('calibrated')],
  ['export', '--out', project.path('web')],
  ['benchmark', '--rounds', '1'],
  ['serve', '--port', '0'],
];

it('every verb names the code that a model folder brings, and does not run it', async () => {
  await project.write('stranger/evil.mjs', 'globalThis.strangerRan = true;');
  await bring('./evil.mjs');
  for (const argv of verbs()) {
    const { status, out, err } = await polytagEval(...argv);
    expect([status, out]).toEqual([4, '']);
    expect(err).toContain(`loading the model runs ${join(folder, 'evil.mjs')}`);
    expect(err).toContain('--allow-modules');
  }
  expect(ran()).toBeUndefined();
});

it('every verb refuses code from elsewhere, allowed or not', async () => {
  await project.write('evil.mjs', 'globalThis.strangerRan = true;');
  for (const module of [
    '../evil.mjs',
    'data:text/javascript,globalThis.strangerRan=true',
    'http://127.0.0.1:9/x',
  ]) {
    await bring(module);
    for (const argv of verbs()) {
      const { status, err } = await polytagEval(...argv, '--allow-modules');
      expect([status, err]).toEqual([4, expect.stringContaining('code: checkpoint/module-outside')]);
    }
  }
  expect(ran()).toBeUndefined();
});

it('what is allowed runs', async () => {
  await bring('./evil.mjs');
  const [, score] = verbs();
  const { status, err } = await polytagEval(...score, '--allow-modules');
  // It is no part: which is told once it has run.
  expect([status, err]).toEqual([
    4,
    expect.stringContaining('the default export of the module is not a part'),
  ]);
  expect(ran()).toBe(true);
});
