import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLabelFile, targetsOf } from '@polytag/datasets';
import { evaluateScores, type Evaluation } from '@polytag/metrics';
import { loadModel } from '@polytag/model';
import sharp from 'sharp';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
/** What the model says of the six scenes, and of their mirror images: [N, K] each. */
let own: number[][];
let mirrored: number[][];
let names: readonly string[];
let labels: readonly string[];
let evaluation: Evaluation;

beforeAll(async () => {
  project = await ModelProject.make();
  const dataset = await readLabelFile(project.path('data/val.json'));
  names = dataset.images.map(({ name }) => name);
  labels = dataset.labels.names;
  const model = await loadModel(project.best);
  const scoresOf = async (images: readonly (string | Uint8Array)[]) => {
    const found = await model.topK(images, labels.length);
    return found.map((of) => labels.map((label) => of.find((one) => one.label === label)!.score));
  };
  const paths = dataset.images.map(({ path }) => path);
  own = await scoresOf(paths);
  mirrored = await scoresOf(await Promise.all(paths.map((path) => sharp(path).flop().png().toBuffer())));
  model.dispose();
  evaluation = evaluateScores({ scores: own.flat(), targets: targetsOf(dataset), images: 6, labels });
});
afterAll(() => project.remove());

const data = () => project.path('data/val.json');
const csv = (rows: readonly number[][], images = names) =>
  `image,${labels.join()}\n${rows.map((row, i) => `${images[i]},${row.join()}\n`).join('')}`;

async function scored(...argv: string[]) {
  const json = project.path('out.json');
  const { status, out, err } = await polytagEval('score', '--data', data(), '--json', json, ...argv);
  return { status, out, err, written: JSON.parse(await readFile(json, 'utf8')) };
}

it('judges the scores of any program as it judges those of a model', async () => {
  const lines = own.map((row, i) =>
    JSON.stringify({ image: names[i], labels: row.map((score, k) => ({ label: labels[k], score })) }),
  );
  const model = await scored('--model', project.best);
  for (const [file, content] of [
    ['some.csv', csv(own)],
    ['some.jsonl', lines.reverse().join('\n')],
  ]) {
    const { status, err, out, written } = await scored('--scores', await project.write(file, content));
    expect([status, err]).toEqual([0, '']);
    expect(written).toEqual({ ...model.written, model: written.model });
    expect(written.mAP).toBeCloseTo(evaluation.mAP, 12);
    expect(out).toContain(`on data/val.json: 6 images, 16 labels`);
  }
});

it('makes a report with pictures, and needs none', async () => {
  const path = await project.write('some.csv', csv(own));
  const folder = project.path('report');
  await scored('--scores', path, '--report', folder);
  expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('src="data:image/jpeg');
  const elsewhere = await project.write('elsewhere.json', await readFile(data()));
  const { status, out } = await polytagEval(
    'score',
    '--scores',
    path,
    '--data',
    elsewhere,
    '--report',
    folder,
  );
  expect([status, out]).toEqual([0, expect.stringContaining('6 images')]);
});

it('names images without scores, leaves them out, and ends with status 3', async () => {
  const rows = csv(own).split('\n');
  const path = await project.write('five.csv', [...rows.slice(0, 3), ...rows.slice(4)].join('\n'));
  const { status, err, written } = await scored('--scores', path);
  expect(status).toBe(3);
  expect(err).toContain(`no scores: ${names[2]}\n`);
  expect(err).toContain('1 of 6 images has no scores');
  const left = [0, 1, 3, 4, 5];
  const targets = targetsOf(await readLabelFile(data()));
  expect(written.mAP).toBeCloseTo(
    evaluateScores({
      scores: left.flatMap((i) => own[i]),
      targets: left.flatMap((i) => [...targets.slice(i * labels.length, (i + 1) * labels.length)]),
      images: 5,
      labels,
    }).mAP,
    12,
  );
});

it('tells what is in the file and not in the data', async () => {
  const rows = csv(own).trim().split('\n');
  const more = [`${rows[0]},zebra`, ...rows.slice(1).map((row) => `${row},1`), `other.jpg${',0'.repeat(17)}`];
  const { status, err } = await scored('--scores', await project.write('more.csv', more.join('\n')));
  expect(status).toBe(0);
  expect(err).toContain('scores of 1 image not in the label file: other.jpg');
  expect(err).toContain('1 column that is not a label of the label file: zebra');
});

it('takes logits when told to, and says so when it was not', async () => {
  const logits = own.map((row) => row.map((p) => Math.log(p / (1 - p))));
  const path = await project.write('logits.csv', csv(logits));
  const { written } = await scored('--scores', path, '--logits');
  expect(written.mAP).toBeCloseTo(evaluation.mAP, 12);
  expect(written.threshold.OF1).toBeCloseTo(evaluation.threshold.OF1, 12);
  const { status, err } = await polytagEval('score', '--data', data(), '--scores', path);
  expect([status, err]).toEqual([3, expect.stringContaining('--logits')]);
});

it('gives intervals of every figure that it shows, in table, JSON and page', async () => {
  const path = await project.write('some.csv', csv(own));
  const more = ['--bootstrap', '50', '--seed', '3', '--report', project.path('report')];
  const { out, written } = await scored('--scores', path, ...more);
  expect(written.intervals).toMatchObject({ confidence: 0.95, resamples: 50, seed: 3 });
  const { from, to } = written.intervals.figures.mAPOccurring;
  expect([from <= written.mAPOccurring, to >= written.mAPOccurring]).toEqual([true, true]);
  const percent = (value: number) => (100 * value).toFixed(2);
  expect(out).toContain('95 % intervals from 50 resamples of the images, seed 3');
  expect(out).toContain(`mAP ${percent(written.mAPOccurring)} (${percent(from)} to ${percent(to)})`);
  expect(out.match(/(CF1|OF1|OP|OR|exact match) \d+\.\d\d \(\d+\.\d\d to \d+\.\d\d\)/g)).toHaveLength(13);
  const page = await readFile(project.path('report/report.html'), 'utf8');
  expect(page.match(/<dd>\d+\.\d\d to \d+\.\d\d<\/dd>/g)).toHaveLength(6);
  expect(page).toContain(`<dd>${percent(from)} to ${percent(to)}</dd>`);
  const occurring = written.classes.filter(({ positives }: { positives: number }) => positives > 0);
  expect(occurring[0].averagePrecisionInterval.to).toBeGreaterThanOrEqual(occurring[0].averagePrecision);
});

it('takes the mean of the probabilities of both sides with --flip', async () => {
  const { status, written } = await scored('--model', project.best, '--flip');
  const means = own.map((row, i) => row.map((score, k) => (score + mirrored[i][k]) / 2));
  const both = await scored('--scores', await project.write('means.csv', csv(means)));
  expect(status).toBe(0);
  expect(written.mAP).toBeCloseTo(both.written.mAP, 9);
  expect(written.threshold).toEqual(both.written.threshold);
  expect(Math.abs(written.mAP - evaluation.mAP)).toBeGreaterThan(1e-6);
});

it.each([
  [['--model', 'm', '--scores', 's'], 'cannot be used with'],
  [['--scores', 's', '--flip'], 'cannot be used with'],
  [[], "either '--model <folder>' or '--scores <file>'"],
  [['--scores', 's', '--bootstrap', '0'], 'whole number of at least 1'],
  [['--scores', 's', '--bootstrap', '9', '--seed', '-1'], 'whole number of at least 0'],
])('refuses %j', async (argv, said) => {
  const { status, err } = await polytagEval('score', '--data', data(), ...argv);
  expect([status, err]).toEqual([2, expect.stringContaining(said)]);
});
