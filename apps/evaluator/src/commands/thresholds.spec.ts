import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
beforeAll(async () => void (project = await ModelProject.make()));
afterAll(() => project.remove());

const data = () => project.path('data/val.json');
const choose = (model: string, ...more: string[]) =>
  polytagEval('thresholds', '--model', model, '--data', data(), ...more);

interface Scores {
  readonly threshold: { readonly CF1: number };
  readonly classThresholds?: { readonly CF1: number };
  readonly classes: readonly {
    readonly label: string;
    readonly positives: number;
    readonly threshold?: number;
  }[];
}

async function scored(model: string): Promise<Scores> {
  const json = project.path('score.json');
  expect((await polytagEval('score', '--model', model, '--data', data(), '--json', json)).status).toBe(0);
  return JSON.parse(await readFile(json, 'utf8')) as Scores;
}

it('chooses them on the label file; score and predict go by them then', async () => {
  const model = project.path('chosen');
  await cp(project.best, model, { recursive: true });
  const card = await readFile(join(model, 'README.md'), 'utf8');
  expect((await scored(model)).classThresholds).toBeUndefined();

  const { status, out, err } = await choose(model);
  expect(status).toBe(0);
  expect(err).toMatch(/^scoring {2}6\/6 /);
  expect(out).toContain(`thresholds: ${join(model, 'thresholds.json')}\n`);

  const { thresholds } = JSON.parse(await readFile(join(model, 'thresholds.json'), 'utf8')) as {
    thresholds: Record<string, number>;
  };
  const { threshold, classThresholds, classes } = await scored(model);
  expect(classThresholds!.CF1).toBeGreaterThan(threshold.CF1);
  expect(Object.fromEntries(classes.map((one) => [one.label, one.threshold]))).toEqual(thresholds);
  const empty = classes.filter(({ positives }) => positives === 0).map(({ label }) => label);
  // Six images: no label has ten.
  const [, overall] = out.match(
    /^16 labels have fewer than 10 images: the fewer images, the closer the threshold is to the overall one, (0\.\d{4})$/m,
  )!;
  expect(empty.length).toBeGreaterThan(0);
  for (const label of empty) expect(thresholds[label].toFixed(4)).toBe(overall);
  // Weights and card are what they were.
  expect(await readFile(join(model, 'README.md'), 'utf8')).toBe(card);
  const same = async (name: string) =>
    expect(await readFile(join(model, name))).toEqual(await readFile(join(project.best, name)));
  await same('model.safetensors');

  const photo = project.path('data/images/val-00001.png');
  const [line] = (await polytagEval('predict', photo, '--model', model, '--json')).out.trim().split('\n');
  const predicted = (JSON.parse(line) as { labels: { label: string; score: number }[] }).labels;
  const loaded = await loadModel(model);
  const all = await loaded.topK(photo, loaded.labels.size);
  expect(predicted.map(({ label }) => label)).toEqual(
    all.filter(({ label, score }) => score >= thresholds[label]).map(({ label }) => label),
  );
  loaded.dispose();
});

it('chooses them for the scores of --flip, as score --flip gives them', async () => {
  const model = project.path('flipped');
  const { out } = await choose(project.best, '--flip', '--out', model);
  const own = (text: string) => text.match(/^own thresholds .*$/m)![0];
  const score = (...more: string[]) => polytagEval('score', '--model', model, '--data', data(), ...more);
  expect(own((await score('--flip')).out)).toBe(own(out));
  const { status, err } = await polytagEval('thresholds', '--model', model, '--from', data(), '--flip');
  expect([status, err]).toEqual([2, expect.stringContaining("cannot be used with option '--from'")]);
});

it('writes another folder and leaves the model as it is', async () => {
  const before = await readFile(join(project.best, 'manifest.json'), 'utf8');
  const out = project.path('with-thresholds');
  expect((await choose(project.best, '--out', out)).status).toBe(0);
  expect(await readFile(join(project.best, 'manifest.json'), 'utf8')).toBe(before);
  const [plain, chosen] = [await loadModel(project.best), await loadModel(out)];
  expect([plain.thresholds, chosen.thresholds?.length]).toEqual([undefined, 16]);
  plain.dispose();
  chosen.dispose();
});

it('refuses images of other classes, and changes nothing', async () => {
  const file = JSON.parse(await readFile(data(), 'utf8')) as { classes: string[] };
  file.classes.push('windmill');
  const other = await project.write('data/other.json', JSON.stringify(file));
  const before = await readFile(join(project.best, 'manifest.json'), 'utf8');
  const { status, err } = await polytagEval('thresholds', '--model', project.best, '--data', other);
  expect(status).toBe(3);
  expect(err).toContain('only in the file: windmill');
  expect(await readFile(join(project.best, 'manifest.json'), 'utf8')).toBe(before);
});

describe('--from', () => {
  const take = (file: string, ...more: string[]) =>
    polytagEval('thresholds', '--model', project.best, '--from', file, ...more);

  it('takes the thresholds of a file, as a report gives them', async () => {
    const out = project.path('from-report');
    const model = await loadModel(project.best);
    const wanted = model.labels.names.map((_, k) => (k + 1) / 200);
    const thresholds = Object.fromEntries(model.labels.names.map((label, k) => [label, wanted[k]]));
    model.dispose();
    const file = await project.write('tried.json', JSON.stringify({ thresholds }));
    expect((await take(file, '--out', out)).status).toBe(0);
    const taken = await loadModel(out);
    expect([...taken.thresholds!]).toEqual(wanted);
    taken.dispose();
  });

  it.each([
    ['{"thresholds": {"windmill": 0.5}}', 'has a threshold for "windmill", which is not a label'],
    ['{"thresholds": {}}', 'has no threshold for'],
    ['{"thresholds": {"boat": 2}}', 'thresholds.boat: Too big'],
    ['[0.5]', 'is not a list of thresholds'],
    ['{', 'cannot be parsed as JSON'],
  ])('refuses %s', async (text, message) => {
    const { status, err } = await take(await project.write('wrong.json', text));
    expect(status).toBe(3);
    expect(err).toContain(message);
  });

  it('is given in place of --data', async () => {
    expect((await polytagEval('thresholds', '--model', project.best)).status).toBe(2);
    expect((await take('x.json', '--data', data())).status).toBe(2);
  });
});
