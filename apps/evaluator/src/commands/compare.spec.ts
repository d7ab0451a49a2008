import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '@polytag/core';
import { readLabelFile, targetsOf } from '@polytag/datasets';
import { bootstrapDifference, evaluateScores, scoreTable } from '@polytag/metrics';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

const [IMAGES, LABELS] = [200, ['bird', 'cat', 'dog']];
const names = Array.from({ length: IMAGES }, (_, i) => `images/${i}.jpg`);

let project: ModelProject;
let data: string;
beforeAll(async () => {
  project = await ModelProject.make();
  const random = new RandomStream(1, 'labels');
  const images = names.map((name) => [name, LABELS.filter(() => random.uniform() < 0.3)]);
  // No image is there: none is needed.
  data = await project.write('many.json', JSON.stringify({ classes: LABELS, images }));
});
afterAll(() => project.remove());

/** Scores that are right but for noise; as a table for this program, and as numbers. */
async function scoresOf(file: string, noise: number, images = names) {
  const targets = targetsOf(await readLabelFile(data, { missingImages: 'unchecked' }));
  const random = new RandomStream(2, file);
  const scores = Float64Array.from(
    targets,
    (target) => 1 / (1 + Math.exp(1 - 2 * target - noise * random.normal())),
  );
  const rows = images.map((name) => {
    const i = names.indexOf(name);
    return `${name},${scores.slice(3 * i, 3 * i + 3).join()}`;
  });
  const path = await project.write(file, `image,${LABELS.join()}\n${rows.join('\n')}\n`);
  return { path, table: scoreTable(scores, targets, { images: IMAGES, classes: 3 }) };
}

const compare = (...argv: string[]) => polytagEval('compare', ...argv, '--data', data, '--bootstrap', '200');

it('tells which of two is better, with the paired interval of each figure', async () => {
  const [bad, good] = [await scoresOf('bad.csv', 2), await scoresOf('good.csv', 1)];
  const json = project.path('compared.json');
  const { status, out, err } = await compare(bad.path, good.path, '--json', json, '--seed', '5');
  expect([status, err]).toEqual([0, '']);
  const compared = JSON.parse(await readFile(json, 'utf8'));
  const { figures, averagePrecision } = bootstrapDifference(bad, good, { resamples: 200, seed: 5 });
  const [a, b] = [bad, good].map(({ table }) => evaluateScores({ ...table, labels: LABELS }));
  expect(compared).toMatchObject({
    images: IMAGES,
    resamples: 200,
    seed: 5,
    figures: [
      { name: 'mAP', first: a.mAPOccurring, second: b.mAPOccurring, difference: figures.mAPOccurring },
      { name: 'CF1', first: a.threshold.CF1, second: b.threshold.CF1, difference: figures['threshold.CF1'] },
      { name: 'OF1', first: a.threshold.OF1, second: b.threshold.OF1, difference: figures['threshold.OF1'] },
    ],
    classes: LABELS.map((label, k) => ({
      label,
      positives: a.positives[k],
      difference: averagePrecision[k],
    })),
  });
  expect(compared.verdict[0]).toMatch(
    /^mAP: B is better, by \d+\.\d\d points \(95 % interval: \d+\.\d\d to \d+\.\d\d\)\.$/,
  );
  expect(out).toContain(compared.verdict[0]);
  const turned = await compare(good.path, bad.path, '--seed', '5');
  expect(turned.out).toContain('mAP: A is better, by ');
});

it('shows no difference where chance explains it, and none between a model and itself', async () => {
  const [a, b] = [await scoresOf('a.csv', 1.5), await scoresOf('b.csv', 1.5)];
  expect((await compare(a.path, b.path)).out).toMatch(
    /mAP: too close to call\. [AB] is .* points ahead on these images; on/,
  );
  expect((await compare(a.path, a.path)).out).toContain('mAP: A and B are the same.');
});

it('writes one page that needs nothing else', async () => {
  const [a, b] = [await scoresOf('a.csv', 1.5), await scoresOf('b.csv', 1)];
  const folder = project.path('page');
  const { out } = await compare(a.path, b.path, '--report', folder);
  expect(out).toContain(`report: ${join(folder, 'comparison.html')}, with comparison.json\n`);
  const page = await readFile(join(folder, 'comparison.html'), 'utf8');
  expect(page).toContain('<li>mAP: B is better, by ');
  for (const label of LABELS) expect(page).toContain(`<th scope="row"><bdi>${label}</bdi></th>`);
  expect(page).not.toMatch(/(?:src|href)="(?!#|data:)/);
  expect(page).not.toContain(project.folder);
});

it('compares a model folder with a score file, on the images that both have', async () => {
  const val = project.path('data/val.json');
  const dataset = await readLabelFile(val);
  const labels = dataset.labels.names;
  const rows = dataset.images
    .slice(1)
    .map(({ name }, i) => `${name},${labels.map((_, k) => ((i * 7 + k) % 10) / 10)}`);
  const file = await project.write('five.csv', `image,${labels.join()}\n${rows.join('\n')}\n`);
  const { status, out, err } = await polytagEval(
    'compare',
    project.best,
    file,
    '--data',
    val,
    '--bootstrap',
    '20',
  );
  expect(status).toBe(3);
  expect(err).toContain(`no scores: ${dataset.images[0].name}`);
  expect(out).toContain('on data/val.json: 5 images');
  expect(out).toContain('A: run/best');
});

it('refuses sides without a common image', async () => {
  const [a, b] = [await scoresOf('a.csv', 1, names.slice(0, 9)), await scoresOf('b.csv', 1, names.slice(9))];
  const { status, err } = await compare(a.path, b.path);
  expect([status, err]).toEqual([3, expect.stringContaining('data/no-image-of-both')]);
});

it('looks at both sides and at its outputs before it computes anything', async () => {
  const a = await scoresOf('first.csv', 1, []);
  // Without a row the first side is an error too, if it is read.
  const { status, err } = await compare(a.path, project.path('nowhere.csv'));
  expect([status, err]).toEqual([3, expect.stringContaining('nowhere.csv was not found')]);
  const page = project.path('pages', 'comparison.html');
  const both = await compare(a.path, a.path, '--report', project.path('pages'), '--json', page);
  expect([both.status, both.err]).toEqual([2, expect.stringContaining('usage/same-output')]);
});
