import { cp, mkdir, readFile } from 'node:fs/promises';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
beforeAll(async () => {
  project = await ModelProject.make();
  await mkdir(project.path('there'));
  await project.write('there/list.txt', 'milk\nbread\n');
  await project.write('there/package.json', '{"name": "site"}\n');
  await project.write('there/index.html', '<h1>mine</h1>');
  await project.write('there/report.html', '<h1>mine</h1>');
  await project.write('there/comparison.html', '<h1>mine</h1>');
  await cp(project.path('data/images/val-00000.png'), project.path('there/photo.png'));
  await cp(project.path('data/train.json'), project.path('there/train.json'));
});
afterAll(() => project.remove());

const there = (name: string) => project.path('there', name);
const photo = () => project.path('data/images/val-00001.png');
const data = () => project.path('data/val.json');

it.each([
  ['predict --out', 'photo.png', (out: string) => ['predict', photo(), '--model', project.best, '--out', out]], // prettier-ignore
  ['predict --out', 'train.json', (out: string) => ['predict', photo(), '--model', project.best, '--out', out]], // prettier-ignore
  ['predict --out', 'list.txt', (out: string) => ['predict', photo(), '--model', project.best, '--out', out]], // prettier-ignore
  ['embed --out', 'photo.png', (out: string) => ['embed', photo(), '--model', project.best, '--out', out]],
  ['the list beside embed --out', 'list.txt', (list: string) => ['embed', photo(), '--model', project.best, '--out', list.replace('.txt', '.npy')]], // prettier-ignore
  ['suggest --out', 'list.txt', (out: string) => ['suggest', '--pool', photo(), '--data', data(), '--model', project.best, '--out', out]], // prettier-ignore
  ['score --json', 'train.json', (out: string) => ['score', '--model', project.best, '--data', data(), '--json', out]], // prettier-ignore
  ['score --json', 'package.json', (out: string) => ['score', '--model', project.best, '--data', data(), '--json', out]], // prettier-ignore
  ['export --backbone-only --out', 'photo.png', (out: string) => ['export', '--format', 'onnx', '--backbone-only', '--model', project.best, '--out', out]], // prettier-ignore
  ['score --report', 'report.html', () => ['score', '--model', project.best, '--data', data(), '--report', project.path('there')]], // prettier-ignore
  ['compare --report', 'comparison.html', () => ['compare', project.best, project.best, '--data', data(), '--report', project.path('there')]], // prettier-ignore
])('%s replaces no other file, as %s', async (_, name, argv) => {
  const before = await readFile(there(name));
  const { status, err } = await polytagEval(...argv(there(name)));
  expect([status, err]).toEqual([2, expect.stringContaining('code: usage/foreign-file')]);
  expect((await readFile(there(name))).equals(before)).toBe(true);
});

it.each(['thresholds', 'calibrate'])('%s --out replaces no other model, and its own', async (verb) => {
  const [out, other] = [project.path(`${verb}-own`), project.path(`${verb}-other`)];
  const write = (to: string, model = project.best) =>
    polytagEval(verb, '--model', model, '--data', data(), '--out', to);
  for (let i = 0; i < 2; i++) expect(await write(out)).toMatchObject({ status: 0 });
  // A folder of other weights, as its checksums have it.
  await cp(project.best, other, { recursive: true });
  const manifest = await readFile(`${other}/manifest.json`, 'utf8');
  const changed = manifest.replace(/("model\.safetensors"[^}]*"sha256": *")[0-9a-f]{4}/, '$10000');
  expect(changed).not.toBe(manifest);
  await project.write(`${verb}-other/manifest.json`, changed);
  const { status, err } = await write(other);
  expect([status, err]).toEqual([2, expect.stringContaining('holds another model, which would be replaced')]);
  expect(await readFile(`${other}/manifest.json`, 'utf8')).toBe(changed);
});
