import { mkdir, readdir } from 'node:fs/promises';
import { memory } from '@tensorflow/tfjs';
import { polytagTrain, Project, set, type Outcome } from '../project.fixture.js';

let project: Project;
const { TMPDIR } = process.env;
beforeAll(async () => {
  project = await Project.make();
  await mkdir(project.path('tmp'));
  process.env.TMPDIR = project.path('tmp');
});
afterAll(async () => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  await project.remove();
});

const dryRun = (...more: string[]): Promise<Outcome> =>
  polytagTrain('fit', '--dry-run', '--config', project.path('tiny.yaml'), ...more);

/** Label files that are on another machine, and how many labels and images they have. */
const ELSEWHERE = [...set('data.root=/nowhere'), '--classes', '5', '--images', '1000'];

/** What stands beside a name in the table. */
function row(out: string, name: string): string {
  const found = new RegExp(`^  ${name}  +(.*)$`, 'm').exec(out);
  if (!found) throw new Error(`no "${name}" in\n${out}`);
  return found[1];
}

const leftBehind = () => readdir(project.path('tmp'));

describe('fit --dry-run', () => {
  it('counts images of rare labels as often as an epoch has them', async () => {
    // Of 8 images 7 have the one label and 1 the other: its factor is √(4/8 : 1/8) = 2, with the median share for threshold.
    await project.labelFile('rare.json', (i) => [i === 0 ? 'dog' : 'cat']);
    const { out } = await dryRun(...set('data.train=rare.json', 'data.val=null', 'data.sampler=balanced'));
    expect(row(out, 'images')).toMatch(/^9 for training/);
  });

  it('takes labels and images from the label files, and leaves nothing', async () => {
    const before = await readdir(project.folder);
    const { status, out } = await dryRun();
    expect(status).toBe(0);
    expect(out).toContain(`Dry run of ${project.path('tiny.yaml')} on `);
    expect(row(out, 'model')).toMatch(
      /^mobilenet-v3-small \+ linear, 16 labels, 32 x 32 pixels, 0\.\d\d million weights$/,
    );
    expect(row(out, 'initial weights')).toBe('random');
    expect(row(out, 'images')).toBe(`8 for training, 6 for validation (${project.path('data')})`);
    expect(row(out, 'batch')).toBe('4 images, 4 at once; 2 per epoch');
    expect(row(out, 'the run')).toMatch(/^[\d.]+ s for 1 epoch$/);
    expect(await readdir(project.folder)).toEqual(before);
    expect(await leftBehind()).toEqual([]);
  });

  it('needs no label files when it is told what they have', async () => {
    const { status, out } = await dryRun(...ELSEWHERE, '--val-images', '70');
    expect(status).toBe(0);
    expect(row(out, 'model')).toContain(' 5 labels');
    expect(row(out, 'images')).toBe('1,000 for training, 70 for validation (command line)');
    expect(row(out, 'batch')).toBe('4 images, 4 at once; 250 per epoch');
    expect(row(out, 'an epoch')).toMatch(/^training .*, evaluation [\d.]+ s$/);
    const [, step, rate] = /^([\d.]+) s per step, ([\d.]+) images\/s$/.exec(row(out, 'training'))!;
    expect(Number(step) * Number(rate)).toBeCloseTo(4, 1);
  });

  it('does what the config asks for: SAM, average, models that learn together, parts of a batch', async () => {
    const mutual = JSON.stringify([
      { backbone: { name: 'mobilenet-v3-small' }, head: { name: 'ml-decoder' } },
    ]);
    const cosines = mutual.replace('"ml-decoder"', '"ml-decoder","options":{"space":"cosines","scale":17}');
    const { status, out, err } = await dryRun(
      ...ELSEWHERE,
      ...set('training.sam={"rho":0.05}', 'training.ema={"decay":0.9}', 'training.freezeEpochs=1'),
      ...set(`mutual.models=${cosines}`, 'training.batchSize=16', 'training.microBatch=2'),
      '--val-images',
      '70',
    );
    expect(err).not.toContain('error');
    expect(status).toBe(0);
    expect(row(out, 'auxiliary model 1')).toContain('mobilenet-v3-small + ml-decoder, 5 labels');
    expect(row(out, 'batch')).toBe('16 images, 2 at once; 62 per epoch');
    expect(row(out, 'training')).toMatch(
      / s per step, measured on 4, [\d.]+ images\/s, two passes each \(SAM\)$/,
    );
    expect(row(out, 'an epoch')).toMatch(/evaluation .* \(weights and average\)$/);
    expect(row(out, 'frozen')).toContain('1 epoch with a frozen backbone is faster');
  });

  it('says which weights and matrices are not there', async () => {
    const graph = '{"wordVectors":{"npy":"/nowhere/words.npy"},"cooccurrence":"train"}';
    const { status, out } = await dryRun(
      ...ELSEWHERE,
      ...set(
        'model.head.name=gcn',
        `model.labelGraph=${graph}`,
        'model.weights=/nowhere/s.pth',
        'data.val=null',
      ),
    );
    expect(status).toBe(0);
    expect(row(out, 'initial weights')).toBe('/nowhere/s.pth: not found, random weights used instead');
    expect(row(out, 'label graph')).toBe('/nowhere/words.npy: not found, zeros used instead');
    expect(row(out, 'images')).toBe('1,000 for training, none for validation (command line)');
    expect(out).not.toContain('evaluation');
  });

  it('fetches nothing: published weights count as absent, unless they are in the cache', async () => {
    const cache = process.env['POLYTAG_CACHE'];
    process.env['POLYTAG_CACHE'] = '/nowhere';
    try {
      const backbone = 'model.backbone={name: mobilenet-v3-small}';
      const { status, out } = await dryRun(...ELSEWHERE, ...set(backbone, 'model.weights=imagenet'));
      expect(status).toBe(0);
      expect(row(out, 'initial weights')).toBe(
        'imagenet (downloaded by the run): not found, random weights used instead',
      );
    } finally {
      if (cache === undefined) delete process.env['POLYTAG_CACHE'];
      else process.env['POLYTAG_CACHE'] = cache;
    }
  });

  it('gives the tensors of the models back', async () => {
    await dryRun();
    const before = memory().numTensors;
    await dryRun();
    expect(memory().numTensors).toBe(before);
  });
});

describe('fit --dry-run is refused as the run would be', () => {
  it.each([
    ['an image that does not fit', ['training.maxHeap=1KB'], 5, 'engine/out-of-memory'],
    ['a head of another space than the loss', ['model.head.options.space=logits'], 2, 'usage/space-mismatch'],
    ['a misspelt key', ['training.epoch=3'], 2, 'usage/unknown-key'],
    ['weights that do not fit', [`model.weights=${import.meta.filename}`], 4, 'checkpoint/format'],
  ])('for %s', async (_, assignments, exit, code) => {
    const { status, out, err } = await dryRun(...ELSEWHERE, ...set(...assignments));
    expect(err).toContain(`code: ${code}`);
    expect([status, out]).toEqual([exit, '']);
    expect(await leftBehind()).toEqual([]);
  });

  it.each([
    ['label files that are not there', set('data.root=/nowhere'), 'usage/dry-run-counts'],
    ['labels without images', ['--classes', '5'], 'usage/dry-run-counts'],
    ['--resume', ['--resume'], 'usage/dry-run-resume'],
  ])('for %s', async (_, argv, code) => {
    const { status, err } = await dryRun(...argv);
    expect(status).toBe(2);
    expect(err).toContain(`code: ${code}`);
  });

  it('and a run needs a folder, and no counts', async () => {
    const config = ['fit', '--config', project.path('tiny.yaml')];
    expect((await polytagTrain(...config)).err).toContain('code: usage/no-out');
    const counted = await polytagTrain(...config, '--out', project.path('runs/counted'), '--images', '9');
    expect(counted.err).toContain('code: usage/dry-run-counts');
    expect(counted.status).toBe(2);
  });
});
