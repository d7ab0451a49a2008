import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Project, set } from '../project.fixture.js';

let project: Project;
const labelOf = (image: number) => [image % 2 ? 'cat' : 'dog'];

beforeAll(async () => {
  project = await Project.make();
  await project.write('data/images/text.png', 'moved elsewhere');
  await project.write('data/images/empty.png', '');
  await project.labelFile('bad.json', labelOf, { replace: { 2: 'images/text.png', 5: 'images/lost.png' } });
  await project.labelFile('bad-val.json', labelOf, { replace: { 1: 'images/empty.png' } });
  await project.labelFile('val8.json', labelOf);
});
afterAll(() => project.remove());

const fit = (run: string, train: string, val: string, ...more: string[]) =>
  project.fit(run, ...set(`data.train=${train}`, `data.val=${val}`, 'training.batchSize=3'), ...more);
const skip = set('data.badImages=skip');
const weights = (run: string) => readFile(project.path('runs', run, 'best/model.safetensors'));

it('names all images that cannot be used, of both parts, before it trains', async () => {
  const { status, out, err } = await fit('all', 'bad.json', 'bad-val.json');
  expect([status, out]).toEqual([3, '']);
  for (const said of ['text.png is a text file', 'lost.png was not found', 'empty.png is empty']) {
    expect(err).toContain(said);
  }
  expect(err).toContain('3 of the 16 images of ');
  expect(err).toContain('--set data.badImages=skip');
  expect(err).toContain('code: data/bad-images');
  expect(existsSync(project.path('runs/all'))).toBe(false);
});

it('goes without them when told to, as if they had not been listed', async () => {
  const { status, err } = await fit('skip', 'bad.json', 'bad-val.json', ...skip);
  expect(status).toBe(0);
  expect(err).toContain('continuing without 3 images that cannot be used');
  const keep = (name: string, out: number[]) =>
    readFile(project.path('data', name), 'utf8').then((text) => {
      const file = JSON.parse(text);
      file.images = file.images.filter((_: unknown, i: number) => !out.includes(i));
      return project.write(`data/good-${name}`, JSON.stringify(file));
    });
  await keep('bad.json', [2, 5]);
  await keep('bad-val.json', [1]);
  expect((await fit('good', 'good-bad.json', 'good-bad-val.json')).status).toBe(0);
  expect(Buffer.compare(await weights('skip'), await weights('good'))).toBe(0);
  expect(JSON.parse(await readFile(project.path('runs/skip/skipped-images.json'), 'utf8'))).toEqual({
    train: ['images/text.png', 'images/lost.png'],
    validation: ['images/empty.png'],
  });
  expect(existsSync(project.path('runs/good/skipped-images.json'))).toBe(false);
});

it('goes on without the images that it began without, whatever has become of them', async () => {
  const whole = await readFile(project.path('data/images/train-00000.png'));
  const two = set('training.epochs=2');
  expect((await fit('straight', 'bad.json', 'val8.json', ...skip, ...two)).status).toBe(0);
  await project.write('data/images/text.png', whole);
  const resumed = await fit('straight', 'bad.json', 'val8.json', '--resume', ...skip, ...two);
  expect(resumed).toMatchObject({ status: 0 });
  await project.write('data/images/text.png', 'moved elsewhere');
  await project.write('runs/straight/skipped-images.json', '{"train": 3}');
  expect(await fit('straight', 'bad.json', 'val8.json', '--resume', ...skip, ...two)).toMatchObject({
    status: 3,
    err: expect.stringContaining('does not list the skipped images of the run'),
  });
});

it('skips no more than it may', async () => {
  const { status, err } = await fit(
    'many',
    'bad.json',
    'val8.json',
    ...skip,
    ...set('data.maxBadImages=0.2'),
  );
  expect(status).toBe(3);
  expect(err).toContain('2 of the 8 images of ');
  expect(err).toContain('more than the 1 that may be skipped');
  expect(err).toContain('code: data/too-many-bad-images');
});

it('does the same for cached features', async () => {
  const features = set('training.features={}', 'data.flip=0');
  const { status, err } = await fit('features', 'bad.json', 'bad-val.json', ...features);
  expect(status).toBe(3);
  expect(err).toContain('3 of the 16 images of ');
  expect((await fit('features', 'bad.json', 'bad-val.json', ...features, ...skip)).status).toBe(0);
});
