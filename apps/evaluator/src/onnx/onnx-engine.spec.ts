import { cp, readFile, writeFile } from 'node:fs/promises';
import { jest } from '@jest/globals';
import { ModelProject, polytagEval } from '../evaluator.fixture.js';

// Models are made, exported and loaded.
jest.setTimeout(60_000);

let project: ModelProject;
let onnx: string;
beforeAll(async () => {
  project = await ModelProject.make();
  onnx = project.path('onnx');
  const { status } = await polytagEval('export', '--format', 'onnx', '--model', project.best, '--out', onnx);
  expect(status).toBe(0);
});
afterAll(() => project.remove());

interface Line {
  readonly image: string;
  readonly labels: readonly { readonly label: string; readonly score: number }[];
}
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

it('predicts what the model folder predicts, and goes on past an image that cannot be used', async () => {
  const broken = await project.write('broken.jpg', 'no picture');
  const words = [project.path('data'), broken, '--format', 'jsonl', '--scores'];
  const own = await polytagEval('predict', ...words, '--model', project.best);
  const exported = await polytagEval('predict', ...words, '--model', onnx, '--engine', 'onnx');
  expect([own.status, exported.status]).toEqual([3, 3]);
  expect(exported.err).toContain('broken.jpg');
  const [expected, found] = [lines(own.out), lines(exported.out)];
  expect(found.map(({ image }) => image)).toEqual(expected.map(({ image }) => image));
  for (const [i, { labels }] of found.entries()) {
    const scores = new Map(expected[i].labels.map(({ label, score }) => [label, score]));
    for (const { label, score } of labels) expect(score).toBeCloseTo(scores.get(label)!, 3);
  }
});

it('scores what the model folder scores, also with mirror images', async () => {
  const tableOf = async (...words: string[]) => {
    const { status, out } = await polytagEval('score', ...words, '--data', project.path('data', 'val.json'));
    expect(status).toBe(0);
    return out.match(/\d+\.\d+/g)!;
  };
  const own = await tableOf('--model', project.best);
  expect(own.length).toBeGreaterThan(5);
  expect(await tableOf('--model', onnx, '--engine', 'onnx')).toEqual(own);
  // Mirrored, two images of this random model have scores that differ in the eighth digit: one label's may be swapped.
  const mirrored = await tableOf('--model', project.best, '--flip');
  const exported = await tableOf('--model', onnx, '--engine', 'onnx', '--flip');
  expect(exported.filter((figure, i) => figure !== own[i]).length).toBeGreaterThan(3);
  expect(exported.filter((figure, i) => figure !== mirrored[i]).length).toBeLessThan(6);
});

it('compares a model folder with its export, which differ by nothing that counts', async () => {
  const data = ['--data', project.path('data', 'val.json')];
  const json = project.path('compared.json');
  const more = ['--bootstrap', '20', '--json', json];
  for (const engine of [[], ['--engine', 'onnx', '--threads', '1']]) {
    const { status } = await polytagEval('compare', project.best, onnx, ...data, ...more, ...engine);
    expect(status).toBe(0);
    const { figures } = JSON.parse(await readFile(json, 'utf8')) as {
      figures: { first: number; second: number }[];
    };
    expect(figures.length).toBeGreaterThan(3);
    for (const { first, second } of figures) expect(second).toBeCloseTo(first, 6);
  }
  const { status, err } = await polytagEval('compare', project.best, project.best, ...data, '--threads', '2');
  expect([status, err]).toEqual([2, expect.stringContaining('--threads works only with --engine onnx')]);
});

it('says in a benchmark which runtime computes, and on how many threads', async () => {
  const { status, out } = await polytagEval(
    ...['benchmark', '--model', onnx, '--engine', 'onnx', '--batch', '2', '--rounds', '1'],
  );
  expect(status).toBe(0);
  expect(out).toMatch(/one of \d+ cores, Node \S+, engine onnxruntime-\w+ \d+\.\d+/);
  expect(out).toMatch(/2 at a time: .* images\/s/);
});

it.each([
  [
    'a model folder',
    () => [project.best, '--engine', 'onnx'],
    4,
    /polytag-eval export --format onnx --model/,
  ],
  ['an exported folder to another engine', () => [onnx], 4, /--engine onnx/],
  ['--threads to another engine', () => [project.best, '--threads', '2'], 2, /--engine onnx/],
  ['--replicas', () => [onnx, '--engine', 'onnx', '--replicas', '2'], 2, /--threads/],
  ['--allow-modules', () => [onnx, '--engine', 'onnx', '--allow-modules'], 2, /--allow-modules/],
])('says what to do when given %s', async (_, words, status, message) => {
  const found = await polytagEval('predict', project.path('data'), '--model', ...words());
  expect(found.status).toBe(status);
  expect(found.err).toMatch(message);
});

it('refuses an exported folder that is damaged, by its name', async () => {
  const damaged = project.path('damaged');
  await polytagEval('export', '--format', 'onnx', '--model', project.best, '--out', damaged);
  await writeFile(project.path('damaged', 'model.onnx'), 'cut');
  const { status, err } = await polytagEval(
    ...['predict', project.path('data'), '--model', damaged, '--engine', 'onnx'],
  );
  expect(status).toBe(4);
  expect(err).toContain('model.onnx');
});

it('predicts with a folder whose writer died before it gave it its name', async () => {
  await cp(onnx, project.path('.moved.new-host-1-00000000-0000-4000-8000-000000000000'), { recursive: true });
  const out = project.path('moved.jsonl');
  const { status } = await polytagEval(
    ...['predict', project.path('data'), '--model', project.path('moved'), '--engine', 'onnx'],
    ...['--format', 'jsonl', '--shard', '1/1', '--out', out],
  );
  expect(status).toBe(0);
  expect(lines(await readFile(out, 'utf8')).length).toBeGreaterThan(1);
});
