import { cp, readFile } from 'node:fs/promises';
import { SCENE_LABELS } from '@polytag/datasets/scenes';
import { loadModel } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

/** Keys that every object has, what moves a terminal's cursor, and what forges lines, each in the place of a label. */
const ODD = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'],
  ...[
    'a\nerror: forged',
    'b\rb',
    '\u001b[2J\u001b[31mred',
    '\u009b2J',
    '\u202egnp.exe',
    'zero\u200bwidth',
    '<b>"&',
  ],
];
const rename = new Map(ODD.map((odd, i) => [SCENE_LABELS[i], odd]));

let project: ModelProject;
let labels: readonly string[];
beforeAll(async () => {
  project = await ModelProject.make(rename);
  const model = await loadModel(project.best);
  labels = model.labels.names;
  model.dispose();
});
afterAll(() => project.remove());

/** Nothing but line breaks moves the cursor. */
const isPlain = (text: string) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text.replaceAll('\n', ''));

it('trains, and keeps every label in the model folder', () => {
  expect(labels).toHaveLength(SCENE_LABELS.length);
  expect(labels).toEqual(expect.arrayContaining(ODD));
});

it('chooses a threshold for each of them, which is read back', async () => {
  const out = project.path('tuned');
  await cp(project.best, out, { recursive: true });
  const chosen = await polytagEval('thresholds', '--model', out, '--data', project.path('data/val.json'));
  expect(chosen.status).toBe(0);
  expect(isPlain(chosen.out + chosen.err)).toBe(true);
  expect(chosen.out).not.toMatch(/^error/m);
  const model = await loadModel(out);
  expect(model.thresholds).toHaveLength(labels.length);
  model.dispose();
});

it('predicts them: as plain lines, and as JSON that stands for the very names', async () => {
  const photo = project.path('data/images/val-00000.png');
  const plain = await polytagEval('predict', '--model', project.best, photo, '--threshold', '0');
  expect([plain.status, plain.out.trimEnd().split('\n').length]).toEqual([0, 1]);
  expect(isPlain(plain.out)).toBe(true);
  const json = await polytagEval('predict', '--model', project.best, photo, '--threshold', '0', '--json');
  expect(isPlain(json.out)).toBe(true);
  const found: { label: string }[] = JSON.parse(json.out).labels;
  expect(found.map(({ label }) => label).sort()).toEqual([...labels].sort());
});

it('scores and exports them', async () => {
  const [json, web, report] = ['score.json', 'web', 'report'].map((name) => project.path(name));
  const scored = await polytagEval(
    ...['score', '--model', project.best, '--data', project.path('data/val.json')],
    ...['--json', json, '--report', report],
  );
  expect(scored.status).toBe(0);
  expect(isPlain(scored.out + scored.err)).toBe(true);
  expect(scored.out).not.toMatch(/^error/m);
  const { classes } = JSON.parse(await readFile(json, 'utf8')) as { classes: { label: string }[] };
  expect(classes.map(({ label }) => label)).toEqual(labels);
  expect(isPlain(await readFile(`${report}/report.html`, 'utf8'))).toBe(true);
  expect((await polytagEval('export', '--model', project.best, '--out', web)).status).toBe(0);
  expect(JSON.parse(await readFile(`${web}/polytag.json`, 'utf8')).labels).toEqual(labels);
});

it('tells of them in one line when the data has other labels', async () => {
  const other = await project.write(
    'data/other.json',
    JSON.stringify({ classes: ['cat'], images: [['images/val-00000.png', ['cat']]] }),
  );
  const { status, err } = await polytagEval('score', '--model', project.best, '--data', other);
  expect(status).toBe(3);
  expect(isPlain(err)).toBe(true);
  expect(err.split('\n').filter((line) => line.startsWith('error'))).toHaveLength(1);
});
