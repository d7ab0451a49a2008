import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { readLabelFile } from '@polytag/datasets';
import { polytagTrain, Project } from '../project.fixture.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

const split = (data: string, out: string, ...more: string[]) =>
  polytagTrain('split', '--data', project.path(data), '--out', project.path(out), ...more);
const read = (...names: string[]) => readLabelFile(project.path(...names));
const paths = async (...names: string[]) => (await read(...names)).images.map(({ path }) => path);
const json = async (...names: string[]) => JSON.parse(await readFile(project.path(...names), 'utf8'));

it('divides a label file, whose images are still found', async () => {
  const { status, out } = await split('data/train.json', 'parts', '--val', '0.25', '--test', '0.25');
  expect(status).toBe(0);
  expect(out).toMatch(/parts\/train\.json +4 +\d\.\d\d\n.*parts\/val\.json +2 .*\n.*parts\/test\.json +2 /);
  expect(out).toMatch(
    /this split +random\n {2}in the frequency of each label +(?:\d\.\d{5}|infinite) +\S+\n {2}in the frequency of each pair/,
  );
  const all = await Promise.all(['train', 'val', 'test'].map((part) => paths('parts', `${part}.json`)));
  expect(all.flat().sort()).toEqual((await paths('data/train.json')).sort());
  // Each part has its images in the order of the file.
  for (const part of all) expect(part).toEqual([...part].sort());
  const trained = await polytagTrain(
    'fit',
    '--dry-run',
    '--config',
    project.path('tiny.yaml'),
    '--set',
    `data.root=${project.path('parts')}`,
  );
  expect(trained.status).toBe(0);
});

it('gives what fit --folds makes of the same seed', async () => {
  expect((await split('data/train.json', 'folds', '--folds', '2', '--seed', '1')).status).toBe(0);
  const { status } = await project.fit('cv', '--folds', '2');
  expect(status).toBe(0);
  for (const file of ['fold-1/val.json', 'fold-2/val.json', 'fold-2/train.json'])
    expect(await paths('folds', file)).toEqual(await paths('runs/cv/data', file));
});

it('keeps what is set aside for a test out of every fold', async () => {
  const { status, out } = await split('data/train.json', 'both', '--test', '0.25', '--folds', '3');
  expect([status, out]).toEqual([0, expect.stringContaining('fold-3/val.json')]);
  const test = await paths('both/test.json');
  const folds = await Promise.all([1, 2, 3].map((fold) => paths('both', `fold-${fold}`, 'val.json')));
  expect(folds.flat().sort()).toEqual((await paths('both/train.json')).sort());
  expect(folds.flat()).toEqual(expect.not.arrayContaining(test));
});

it('says what the file says: its other keys, unknown labels, labels twice, labels that are none of the classes', async () => {
  const images = Array.from({ length: 8 }, (_, i) => `images/train-0000${i}.png`);
  const said = [['a', 'a'], { unknown: ['b'] }];
  const classes = ['b', 'a'];
  await project.write(
    'data/said.json',
    JSON.stringify({
      $schema: './schema.json',
      source: 'ours',
      classes,
      images: images.map((one, i) => [one, ...(i % 2 ? said : [['c', 'b']])]),
    }),
  );
  expect((await split('data/said.json', 'data/said', '--val', '0.5')).status).toBe(0);
  for (const part of ['train', 'val']) {
    const file = await json('data/said', `${part}.json`);
    expect(file).toMatchObject({ $schema: '../schema.json', source: 'ours', classes });
    expect(file.images).toHaveLength(4);
    for (const [name, ...rest] of file.images)
      expect(rest).toEqual(Number(name.slice(-5, -4)) % 2 ? said : [['c', 'b']]);
  }

  const partly = images.map((one, i) => [
    one,
    i % 2 ? ['a'] : ['b'],
    ...(i === 0 ? [{ absent: ['a'] }] : []),
  ]);
  await project.write('data/partly.json', JSON.stringify({ classes, unlisted: 'unknown', images: partly }));
  expect((await split('data/partly.json', 'data/partly', '--val', '0.5')).status).toBe(0);
  const unknown = async (file: string) =>
    (await read(file)).images.map(({ path, unknown = [] }) => [path, [...unknown]] as const);
  const parts = [...(await unknown('data/partly/train.json')), ...(await unknown('data/partly/val.json'))];
  expect(parts.sort()).toEqual((await unknown('data/partly.json')).sort());
});

it('keeps groups of a file together, and copies that it finds', async () => {
  const group = await project.write(
    'groups.csv',
    `image,group\n${[0, 1, 2, 3].map((i) => `train-0000${i}.png,one`).join('\n')}\nx.png,two\n`,
  );
  const { status, err } = await split('data/train.json', 'grouped', '--val', '0.5', '--group', group);
  expect([status, err]).toEqual([
    0,
    expect.stringContaining('1 group of images stays together: 4 of 8 images'),
  ]);
  expect(err).toContain('also has images that are not in the label file: "x.png"');
  const train = await paths('grouped/train.json');
  expect(train.filter((path) => /0000[0-3]/.test(path)).length % 4).toBe(0);

  await project.write('data/copy.png', await readFile(project.path('data/images/train-00002.png')));
  await project.labelFile('copies.json', () => ['cat'], { replace: { 3: 'copy.png' } });
  const found = await split('data/copies.json', 'copies', '--val', '0.5', '--group', 'duplicates');
  expect([found.status, found.err]).toEqual([
    0,
    expect.stringContaining('1 group of near duplicates stays together: 2 of 8 images'),
  ]);
  const beside = (await paths('copies/train.json')).filter((path) => /copy|00002/.test(path));
  expect([0, 2]).toContain(beside.length);
});

it('names labels that a part has no image of', async () => {
  await project.labelFile('rare.json', (i) => (i === 0 ? ['dog', 'cat'] : ['cat']));
  const { out } = await split('data/rare.json', 'rare', '--folds', '2');
  expect(out).toMatch(
    /labels without images in a part +1 +1\n {2}none in fold-[12]: dog\n {2}such labels cannot/,
  );
});

it('finds images by another spelling, and through links', async () => {
  await cp(project.path('data'), project.path('spelt'), { recursive: true });
  const text = await readFile(project.path('data/train.json'), 'utf8');
  await project.write('spelt/train.json', text.replaceAll('.png', '.PNG'));
  await mkdir(project.path('elsewhere'));
  await symlink(project.path('spelt'), project.path('elsewhere/link'));
  expect((await split('elsewhere/link/train.json', 'spelt/out', '--val', '0.5')).status).toBe(0);
  expect(await paths('spelt/out/train.json')).toHaveLength(4);
});

it('writes through a link to where the folder is, and not over what it reads', async () => {
  await mkdir(project.path('deep/real'), { recursive: true });
  await symlink(project.path('deep/real'), project.path('linked'));
  expect((await split('data/train.json', 'linked', '--val', '0.5')).status).toBe(0);
  for (const folder of ['linked', 'deep/real']) expect(await paths(`${folder}/train.json`)).toHaveLength(4);
  await symlink(project.path('data'), project.path('same'));
  for (const out of ['same', 'data']) {
    const over = await split('data/train.json', out, '--val', '0.5', '--force');
    expect([over.status, over.err]).toEqual([2, expect.stringContaining('usage/overwrites-source')]);
  }
});

it('tells who gives per cent the share', async () => {
  const { status, err } = await split('data/train.json', 'percent', '--val', '20');
  expect([status, err]).toEqual([2, expect.stringContaining('for 20 %, use --val 0.2')]);
});

it.each([
  ['nothing to divide into', [], 2, 'usage/split-shares'],
  ['a share of nothing', ['--val', '0'], 2, 'usage/split-shares'],
  ['a share of all', ['--val', '0.5', '--test', '0.5'], 2, 'usage/split-shares'],
  ['one fold', ['--folds', '1'], 2, 'usage/folds'],
  ['parts without images', ['--val', '0.01'], 3, 'data/empty-part'],
])('refuses %s, and writes nothing', async (_, more, status, code) => {
  const refused = await split('data/train.json', 'refused', ...more, '--force');
  expect([refused.status, refused.err]).toEqual([status, expect.stringContaining(code)]);
  await expect(readFile(project.path('refused/train.json'))).rejects.toMatchObject({ code: 'ENOENT' });
});

it('overwrites only with --force', async () => {
  await split('data/train.json', 'twice', '--val', '0.5');
  const again = await split('data/train.json', 'twice', '--val', '0.25');
  expect([again.status, again.err]).toEqual([2, expect.stringContaining('usage/file-exists')]);
  expect((await split('data/train.json', 'twice', '--val', '0.25', '--force')).status).toBe(0);
  expect(await paths('twice/val.json')).toHaveLength(2);
});
