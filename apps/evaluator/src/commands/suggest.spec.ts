import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { readLabelFile } from '@polytag/datasets';
import { loadModel } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
beforeAll(async () => void (project = await ModelProject.make()));
afterAll(() => project.remove());

const suggest = (...more: string[]) =>
  polytagEval('suggest', '--model', project.best, '--data', project.path('data/val.json'), ...more);

it('names images that are neither labelled nor copies, each once, with how unsure the model is, and lists them', async () => {
  const { images } = await readLabelFile(project.path('data/train.json'));
  await mkdir(project.path('pool'));
  await copyFile(project.path('data/images/val-00000.png'), project.path('pool/a labelled one.png'));
  await copyFile(images[0].path, project.path('pool/copy.png'));
  for (const [i, { path }] of images.slice(0, 4).entries())
    await copyFile(path, project.path(`pool/photo-${i}.png`));
  await project.write('pool/text.jpg', 'moved elsewhere\n');
  const list = project.path('lists/next.txt');
  const { status, out, err } = await suggest(
    ...['--pool', project.path('pool'), project.path('data/images/val-00001.png'), '--out', list],
  );
  expect(status).toBe(3);
  expect(err).toContain('4 of 8 images of the pool can be suggested: 1 labelled, 2 copies, 1 unusable');
  const paths = (await readFile(list, 'utf8')).trimEnd().split('\n');
  const expected = ['copy.png', 'photo-1.png', 'photo-2.png', 'photo-3.png'];
  expect([...paths].sort()).toEqual(expected.map((name) => project.path('pool', name)));
  const model = await loadModel(project.best);
  const scores = await model.topK(paths, model.labels.size);
  model.dispose();
  const entropy = (p: number) => -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
  const bits = scores.map((row) => row.reduce((sum, { score }) => sum + entropy(score), 0));
  expect(out.trimEnd().split('\n')).toEqual(
    paths.map((path, i) => expect.stringMatching(`^${path}: ${bits[i].toFixed(2)} bits \\(`)),
  );
  expect(bits).toEqual([...bits].sort((a, b) => b - a));
  const two = await suggest('--pool', project.path('pool'), '--count', '2');
  expect(two.out.trimEnd().split('\n')).toHaveLength(2);
});

it('says so when there is nothing to label', async () => {
  const { status, err } = await suggest('--pool', project.path('data/images/val-*.png'));
  expect([status, err]).toEqual([3, expect.stringContaining('code: data/nothing-to-label')]);
  await writeFile(project.path('none.jpg'), 'text');
  const unusable = await suggest('--pool', project.path('none.jpg'));
  expect([unusable.status, unusable.err]).toEqual([3, expect.stringContaining('The image cannot be used')]);
});
