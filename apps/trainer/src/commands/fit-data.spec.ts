import { readFile } from 'node:fs/promises';
import { readLabelFile } from '@polytag/datasets';
import { Project, polytagTrain, set } from '../project.fixture.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

it('learns from and is scored on what is known, and tells look-alike labels and images of both parts', async () => {
  const image = (part: string, i: number) => `images/${part}-${String(i).padStart(5, '0')}.png`;
  const classes = ['Cat', 'cat', '__proto__'];
  const train = Array.from({ length: 8 }, (_, i) => [image('train', i), ['__proto__'], { unknown: ['cat'] }]);
  const val = [
    [image('val', 0), ['cat'], { unknown: ['Cat', '__proto__'] }],
    [image('val', 1), ['__proto__'], { unknown: ['Cat'] }],
    [image('train', 2), [], {}],
  ];
  await project.write('data/known.json', JSON.stringify({ classes, images: train }));
  await project.write('data/val-known.json', JSON.stringify({ classes, images: val }));
  const files = set('data.train=known.json', 'data.val=val-known.json');
  const { status, err } = await project.fit('known', ...files);
  expect(status).toBe(0);
  expect(err).toContain('warning: labels that look alike are separate labels: "Cat" and "cat"');
  expect(err).toContain(
    'warning: 1 of the 3 validation images (val-known.json) has the same content as training images: "images/train-00002.png"',
  );
  expect(err).not.toContain('all-negative');
  const figures: unknown = JSON.parse(await readFile(project.path('runs/known/evaluation.json'), 'utf8'));
  expect(figures).toMatchObject({ images: 3, labels: 3, ignored: 3 });
});

it('scores and looks for wrong labels by nothing in which nothing is known, and splits it by size alone', async () => {
  const { classes, images } = JSON.parse(await readFile(project.path('data/val.json'), 'utf8')) as {
    classes: string[];
    images: [string, string[]][];
  };
  const unknown = images.map(([image]) => [image, [], { unknown: classes }]);
  const data = await project.write('data/nothing.json', JSON.stringify({ classes, images: unknown }));
  const refused = await project.fit('scored-by-nothing', ...set('data.val=nothing.json'));
  expect([refused.status, refused.err]).toEqual([3, expect.stringContaining('code: data/nothing-known')]);
  const out = project.path('issues-of-nothing');
  const rows = images.map(([image]) => [image, ...classes.map(() => 0.5)].join(','));
  const scores = await project.write('even.csv', [`image,${classes.join(',')}`, ...rows, ''].join('\n'));
  const looked = await polytagTrain('label-issues', '--data', data, '--scores', scores, '--out', out);
  expect([looked.status, looked.err]).toEqual([3, expect.stringContaining('code: data/nothing-known')]);
  const split = await polytagTrain('split', '--data', data, '--val', '0.5', '--out', project.path('halves'));
  expect(split.status).toBe(0);
  for (const part of ['train', 'val']) {
    const half = await readLabelFile(project.path('halves', `${part}.json`));
    expect(half.images.map(({ unknown: left = [] }) => left.length)).toEqual(Array(3).fill(classes.length));
  }
});

it('says what to do with a table or a folder in place of a label file', async () => {
  const table = await project.write('data/excel.csv', 'file;tags\nimages/train-00000.png;cat\n');
  const fit = (file: string) => polytagTrain('fit', '--train', file, '--out', project.path('runs/none'));
  const refused = await fit(table);
  expect(refused.status).toBe(3);
  expect(refused.err).toContain('excel.csv is a table, not a label file');
  const [, command] = /polytag-train (prepare csv .*)\n/.exec(refused.err)!;
  expect((await polytagTrain(...command.split(' '))).status).toBe(0);
  const photos = await fit(project.path('data'));
  expect([photos.status, photos.err]).toEqual([3, expect.stringContaining('is a folder, not a label file')]);
  expect(photos.err).toContain('train.json');
});
