import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { parse } from 'yaml';
import { polytagTrain, Project, set } from '../project.fixture.js';

/** Two trials of an epoch each, on a grid of three rates. */
const TPE =
  'training.findLearningRate={mode: tpe, min: 0.005, max: 0.015, step: 0.005, epochs: 1, trials: 2}';

let project: Project;
beforeAll(async () => {
  project = await Project.make();
});
afterAll(() => project.remove());

interface Search {
  readonly learningRate: number;
  readonly trials: readonly { readonly learningRate: number }[];
  readonly points?: readonly { readonly learningRate: number }[];
}

const searchIn = async (...folder: string[]) =>
  JSON.parse(await readFile(project.path(...folder, 'search.json'), 'utf8')) as Search;
const findLr = (out: string, ...more: string[]) =>
  polytagTrain('find-lr', '--config', project.path('tiny.yaml'), '--out', project.path(out), ...more);

/** A label file of copies of the eight images. */
async function manyImages(file: string, images: number): Promise<void> {
  const names = Array.from({ length: images }, (_, i) => `images/many-${i}.png`);
  for (const [i, name] of names.entries())
    await cp(project.path(`data/images/train-0000${i % 8}.png`), project.path('data', name));
  await project.labelFile(file, (image) => (image % 2 ? ['cat'] : []), {
    images,
    replace: Object.fromEntries(names.entries()),
  });
}

describe('find-lr', () => {
  it('tries rates, tells the best, and trains nothing else', async () => {
    const { status, out, err } = await findLr('tpe', ...set(TPE));
    expect([status, err.match(/trial \d\/2/g)]).toEqual([0, ['trial 1/2', 'trial 2/2']]);
    const { learningRate, trials } = await searchIn('tpe');
    expect(trials.map((trial) => trial.learningRate)).toContain(learningRate);
    expect(out).toBe(
      `learning rate ${learningRate} for a batch size of 4 (training.learningRate)\n` +
        `search: ${project.path('tpe', 'search.json')}\n`,
    );
    expect((await readdir(project.path('tpe'))).sort()).toEqual([
      'config.yaml',
      'search.json',
      'trial-001',
      'trial-002',
    ]);
  });

  it('is resumed with the config that it was started with, but for what no trial depends on', async () => {
    const other = await findLr('tpe', ...set(TPE, 'data.height=40'), '--resume');
    expect([other.status, other.err]).toEqual([2, expect.stringContaining('data.height: 32 → 40')]);
    const same = await findLr('tpe', ...set(TPE, 'training.epochs=7', 'training.sam={}'), '--resume');
    expect([same.status, same.err]).toEqual([0, expect.not.stringContaining('trial')]);
  });

  it('draws the range test', async () => {
    // 20 batches of two images.
    await manyImages('forty.json', 40);
    const { status, out, err } = await findLr(
      'range',
      '--mode',
      'range',
      ...set('data.train=forty.json', 'data.val=null', 'training.batchSize=2'),
    );
    expect(status).toBe(0);
    expect(out).toContain('range-test.svg');
    // Once, and short.
    expect(`${out}${err}`.match(/learning rate \S+ for a batch size of/g)).toHaveLength(1);
    expect(out).toMatch(/^learning rate [\d.e-]{1,9} for a batch size of 2 /);
    expect((await searchIn('range')).points!.length).toBeGreaterThanOrEqual(17);
    expect(await readFile(project.path('range', 'range-test.svg'), 'utf8')).toContain('</svg>');
  });

  it('counts the batches without the images that are left out', async () => {
    // 17 batches of two, one image of which is none.
    await manyImages('bad.json', 34);
    await project.write('data/images/many-33.png', 'no image');
    const { status, err } = await findLr(
      'left-out',
      ...['--mode', 'range'],
      ...set('data.train=bad.json', 'data.val=null', 'training.batchSize=2', 'data.badImages=skip'),
    );
    expect([status, err]).toEqual([2, expect.stringContaining('33 images give 16.')]);
  });

  it.each([
    [
      'a range test of too few batches',
      'short',
      ['--mode', 'range'],
      /A range test needs 17 batches per epoch, but 8 images give 2\./,
    ],
    ['a search that is there', 'tpe', ['--set', TPE], /--resume/],
    ['a folder of something else', 'data', [], /contains other files, e\.g\. /],
    [
      'trials of a range test',
      'range',
      ['--mode', 'range', '--trials', '3'],
      /do not work with --mode range/,
    ],
    ['a setting as an option', 'range', ['--lr', '0.1'], /--set training\.learningRate=0\.1/],
  ])('refuses %s', async (_, folder, more, message) => {
    const { status, err } = await findLr(folder, ...more);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('fit with a search', () => {
  it('searches first, trains at the rate that it found, and writes it into its config', async () => {
    const { status, err } = await project.fit('searched', ...set(TPE));
    expect(err).toMatch(/trial 2\/2[^]*epoch 1\/1/);
    expect(status).toBe(0);
    const { learningRate } = await searchIn('runs', 'searched', 'lr-search');
    const config = parse(await readFile(project.path('runs/searched/config.yaml'), 'utf8')) as {
      training: { learningRate: number };
    };
    expect(config.training.learningRate).toBe(learningRate);
  });

  it('is resumed with the rate of its search, with the config as it was given', async () => {
    const again = await project.fit('searched', ...set(TPE), '--resume');
    expect([again.status, again.err]).toEqual([0, expect.not.stringContaining('trial')]);
    const other = await project.fit('searched', ...set(TPE, 'training.weightDecay=0.5'), '--resume');
    expect([other.status, other.err]).toEqual([2, expect.stringContaining('training.weightDecay')]);
  });

  it('goes on from a search that is over, when the run had not begun', async () => {
    for (const part of ['metrics.jsonl', 'checkpoints', 'best', 'config.yaml', 'tensorboard'])
      await rm(project.path('runs/searched', part), { recursive: true, force: true });
    const other = await project.fit('searched', ...set(TPE, 'data.height=40'), '--resume');
    expect([other.status, other.err]).toEqual([2, expect.stringContaining('data.height')]);
    const { status, err } = await project.fit('searched', ...set(TPE), '--resume');
    expect([status, err]).toEqual([0, expect.not.stringContaining('trial 1')]);
    expect(existsSync(project.path('runs/searched/best'))).toBe(true);
  });

  it('is not begun twice, nor resumed where nothing is', async () => {
    expect(await project.fit('searched', ...set(TPE))).toMatchObject({
      status: 2,
      err: expect.stringContaining('--resume'),
    });
    expect(await project.fit('nowhere', ...set(TPE), '--resume')).toMatchObject({ status: 2 });
    expect(existsSync(project.path('runs/nowhere'))).toBe(false);
  });
});
