import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLabelFile, targetsOf } from '@polytag/datasets';
import {
  calibrationFigures,
  fitPlatt,
  fitTemperature,
  scoresFromOutputs,
  scoreTable,
} from '@polytag/metrics';
import { loadModel } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
/** What the model says of the training scenes, as logits. */
let logits: Float64Array;
let paths: readonly string[];
/** A label file by which the model is right more often than not, what it says, and one by which it is wrong. */
let right: string;
let targets: Int8Array;
let wrong: string;
const SIZE = { images: 8, classes: 16 };

beforeAll(async () => {
  project = await ModelProject.make();
  const dataset = await readLabelFile(project.path('data/train.json'));
  const { names } = dataset.labels;
  paths = dataset.images.map(({ path }) => path);
  const model = await loadModel(project.best);
  const found = await model.topK(paths, names.length);
  model.dispose();
  const scores = found.flatMap((of) => names.map((name) => of.find(({ label }) => label === name)!.score));
  logits = Float64Array.from(scores, (score) => Math.log(score / (1 - score)));
  const middle = [...logits].sort((a, b) => a - b)[logits.length / 2];
  const file = (name: string, isThere: (element: number) => boolean) => {
    const images = dataset.images.map(({ name: image }, i) => [
      image,
      names.filter((_, k) => isThere(i * SIZE.classes + k)),
      { unknown: i === 0 ? names.slice(0, 2).filter((_, k) => !isThere(k)) : [] },
    ]);
    return project.write(`data/${name}`, JSON.stringify({ classes: names, images }));
  };
  const mostly = (element: number) => logits[element] > middle !== (element % 5 === 0);
  right = await file('right.json', mostly);
  wrong = await file('wrong.json', (element) => !mostly(element));
  targets = targetsOf(await readLabelFile(right));
});
afterAll(() => project.remove());

const calibrate = (folder: string, ...argv: string[]) =>
  polytagEval('calibrate', '--model', folder, '--data', right, ...argv);

async function copyOf(name: string): Promise<string> {
  const folder = project.path(name);
  await cp(project.best, folder, { recursive: true });
  return folder;
}

it.each([
  ['temperature', fitTemperature],
  ['platt', fitPlatt],
] as const)('writes what fits best (%s), and the scores follow it', async (method, fit) => {
  const expected = fit({ logits, targets, classes: SIZE.classes });
  const out = project.path(method);
  const run = await calibrate(project.best, '--method', method, '--out', out);
  expect([run.status, run.err]).toEqual([0, expect.stringContaining('scoring')]);
  const model = await loadModel(out);
  Array.from(expected.slopes).forEach((slope, k) => {
    expect(model.calibration!.slopes[k]).toBeCloseTo(slope, 5);
    expect(model.calibration!.offsets[k]).toBeCloseTo(expected.offsets[k], 5);
  });
  const [first] = await model.topK([paths[0]], 1);
  model.dispose();
  const calibrated = scoresFromOutputs(logits, 1, expected);
  expect(first[0].score).toBeCloseTo(Math.max(...calibrated.subarray(0, SIZE.classes)), 5);
  for (const [name, scores] of [
    ['before', scoresFromOutputs(logits, 1)],
    ['after', calibrated],
  ] as const) {
    const { expectedCalibrationError: ece, ofClasses } = calibrationFigures(
      scoreTable(scores, targets, SIZE),
    );
    const [all, ofLabels] = [ece, ofClasses].map((value) => (100 * value).toFixed(3));
    expect(run.out).toMatch(new RegExp(`^${name} +${all} +${ofLabels} `, 'm'));
  }
  expect(run.out).toMatch(/^ +ECE % {2,}mean of labels % {2,}log loss$/m);
  // Of 8 images, half of them are too few for a slope and an offset of each label: it says so.
  const logLoss = (row: string) => Number(new RegExp(`^${row} .* (\\S+)$`, 'm').exec(run.out)?.[1]);
  expect(run.out.includes('it does not lower the log loss')).toBe(
    logLoss('after, cross-fitted') >= logLoss('before'),
  );
  expect(run.out).toContain(`calibration: ${join(out, 'calibration.json')}\n`);
  expect(run.out).toContain('The model has no thresholds of its own');
});

it('is fitted with --flip on means of both sides, remembers it, and says so where --flip is missing', async () => {
  const folder = project.path('flipped');
  const run = await calibrate(project.best, '--method', 'platt', '--flip', '--out', folder);
  expect(run.status).toBe(0);
  const scoresIn = async (model: string) => {
    const { out, err } = await polytagEval(
      'predict',
      ...paths,
      '--model',
      model,
      '--flip',
      '--format',
      'jsonl',
      '--scores',
    );
    expect(err).not.toContain('--flip');
    return out
      .trim()
      .split('\n')
      .map((line) => scoresByLabel(line));
  };
  const [plain, calibrated] = [await scoresIn(project.best), await scoresIn(folder)];
  const { names } = (await readLabelFile(right)).labels;
  const means = plain.flatMap((of) => names.map((name) => of.get(name)!));
  const expected = fitPlatt({
    logits: Float64Array.from(means, (p) => Math.log(p / (1 - p))),
    targets,
    classes: SIZE.classes,
  });
  const wanted = scoresFromOutputs(
    means.map((p) => Math.log(p / (1 - p))),
    1,
    expected,
  );
  calibrated
    .flatMap((of) => names.map((name) => of.get(name)!))
    .forEach((score, i) => expect(score).toBeCloseTo(wanted[i], 4));
  await polytagEval('thresholds', '--model', folder, '--data', right, '--flip');
  for (const verb of [
    ['predict', paths[0]],
    ['score', '--data', right],
    ['export', '--out', project.path('exported')],
  ]) {
    const { status, err } = await polytagEval(verb[0], ...verb.slice(1), '--model', folder);
    expect([status, err]).toEqual([
      0,
      expect.stringContaining('warning: thresholds and calibration of the model were fitted with --flip'),
    ]);
    expect(err.includes('add --flip')).toBe(verb[0] !== 'export');
  }
});

function scoresByLabel(line: string): Map<string, number> {
  const { labels } = JSON.parse(line) as { labels: { label: string; score: number }[] };
  return new Map(labels.map(({ label, score }) => [label, score]));
}

it('moves thresholds with the scores, so that decisions stay the same, also when it is done again', async () => {
  const folder = await copyOf('with-thresholds');
  await polytagEval('thresholds', '--model', folder, '--data', right);
  const thresholdsOf = async () =>
    JSON.parse(await readFile(join(folder, 'thresholds.json'), 'utf8')).thresholds;
  const predicted = async () =>
    (await polytagEval('predict', ...paths, '--model', folder, '--format', 'jsonl')).out
      .trim()
      .split('\n')
      .map((line) =>
        (JSON.parse(line) as { labels: { label: string }[] }).labels.map(({ label }) => label).sort(),
      );
  const [before, chosen] = [await predicted(), await thresholdsOf()];
  for (const method of ['platt', 'temperature']) {
    const { status, out } = await calibrate(folder, '--method', method);
    expect([status, out]).toEqual([
      0,
      expect.stringContaining('moved with the scores: decisions stay the same'),
    ]);
    expect(await predicted()).toEqual(before);
    expect(await thresholdsOf()).not.toEqual(chosen);
  }
});

it('refuses a model that is wrong more often than right', async () => {
  const out = project.path('none');
  const { status, err } = await polytagEval(
    'calibrate',
    '--model',
    project.best,
    '--data',
    wrong,
    '--out',
    out,
  );
  expect([status, err]).toEqual([3, expect.stringContaining('data/no-calibration')]);
});

it.each([
  ['calibrate', '--data'],
  ['thresholds', '--data'],
  ['thresholds', '--from'],
])('%s %s refuses a folder of somebody else before it does anything', async (verb, source) => {
  await mkdir(project.path('foreign'), { recursive: true });
  await project.write('foreign/photo.txt', 'mine');
  const given = ['--model', project.path('missing'), source, right, '--out', project.path('foreign')];
  const { status, err } = await polytagEval(verb, ...given);
  // The model is missing as well: that comes later.
  expect([status, err]).toEqual([2, expect.stringContaining('code: usage/foreign-folder')]);
});
