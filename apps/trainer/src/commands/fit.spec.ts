import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { contentDigests, readLabelFile } from '@polytag/datasets';
import { loadModel, TrainedImages } from '@polytag/model';
import { parse, stringify } from 'yaml';
import { main } from '../index.js';
import { polytagTrain, Project, reportOf, set, tinyConfig } from '../project.fixture.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

const lines = async (file: string) => (await readFile(file, 'utf8')).trimEnd().split('\n');
const metrics = async (run: string) =>
  (await lines(project.path('runs', run, 'metrics.jsonl'))).map(
    (line) =>
      JSON.parse(line) as { mAP: number; mAPOccurring: number; loss: number; mAPAuxiliary?: number[] },
  );

it('trains what a config describes: results on stdout, progress on stderr, all of it in the run folder', async () => {
  const { status, out, err } = await project.fit('first', ...set('training.epochs=2'));
  expect(status).toBe(0);
  const [first, second] = await metrics('first');
  const best = Math.max(first.mAP, second.mAP);
  // Six validation images do not have all 16 labels.
  const [percent, occurring] = [best, Math.max(first.mAPOccurring, second.mAPOccurring)].map((mAP) =>
    (100 * mAP).toFixed(2),
  );
  expect(Number(occurring)).toBeGreaterThan(Number(percent));
  expect(out).toMatch(
    new RegExp(
      `^best mAP ${occurring} % \\(epoch [12], plain weights\\)\n` +
        `  over all labels ${percent} % \\(as in papers: labels without validation images count as 0\\)\n` +
        `last epoch: [\\d.]+ s, \\d+ images/s\n` +
        `model: ${project.path('runs/first/best')}\n` +
        `report: ${project.path('runs/first/report.html')}\n` +
        `next: npx polytag-eval predict PHOTO.jpg --model ${project.path('runs/first/best')}\n$`,
    ),
  );
  expect(err).toContain(`training on 8 images with 16 labels (${project.path('data')})`);
  expect(err).toContain('epoch 2/2  4/4');
  expect(err).toContain(
    `epoch 1/2: mAP ${(100 * first.mAPOccurring).toFixed(2)} % (over all labels ${(100 * first.mAP).toFixed(2)} %)`,
  );

  const config = parse(await readFile(project.path('runs/first/config.yaml'), 'utf8'));
  expect(config).toMatchObject({
    ...tinyConfig,
    data: { ...tinyConfig.data, root: project.path('data'), flip: 0.5, unknownLabels: 'error' },
    model: { expectWeights: 'backbone' },
    training: { ...tinyConfig.training, epochs: 2, weightDecay: 5e-4 },
  });
  const trained = await readFile(project.path('runs/first/best/training_images.json'), 'utf8');
  const { images } = await readLabelFile(project.path('data/train.json'));
  const digests = await contentDigests(images.map(({ path }) => path));
  expect(JSON.parse(trained)).toEqual(TrainedImages.of(digests.map((digest) => digest!)).toFile());
  const card = await readFile(project.path('runs/first/best/README.md'), 'utf8');
  expect(card).toContain(`| ${occurring} |`);
  expect(card).toContain(`as in papers: ${percent},`);
  const report = await reportOf(project, 'first');
  expect(report.figures).toMatchObject({
    mAP: best,
    images: 6,
    model: 'first/best',
    dataSet: 'data/val.json',
  });
  expect(report.page).toContain(`<dd class="value">${occurring}</dd>`);
  expect(report.page).toContain('src="data:image/jpeg;base64,');
});

it('writes a report that a run did not come to when it is resumed, with the scores of its best weights', async () => {
  const run = project.path('runs/unreported');
  const report = async () => [
    await readFile(join(run, 'evaluation.json'), 'utf8'),
    await readFile(join(run, 'report.html'), 'utf8'),
  ];
  await project.fit('unreported', ...set('training.epochs=3', 'training.ema={ decay: 0.5 }'));
  const whole = await report();
  await rm(join(run, 'report.html'));
  const { status, out } = await project.fit(
    'unreported',
    '--resume',
    ...set('training.epochs=3', 'training.ema={ decay: 0.5 }'),
  );
  expect([status, out]).toEqual([0, expect.stringContaining(`report: ${join(run, 'report.html')}`)]);
  expect(await report()).toEqual(whole);
});

it('reports the best weights so far of a run that is stopped, and those that it ends with', async () => {
  const bestOf = async () => Math.max(...(await metrics('halves')).map(({ mAP }) => mAP));
  const [out, err] = [new PassThrough(), new PassThrough()];
  const options = ['--out', project.path('runs/halves'), ...set('training.epochs=4')];
  const fit = (...more: string[]) =>
    main(['fit', '--config', project.path('tiny.yaml'), ...options, ...more], { out, err });
  err.on('data', (text) => String(text).includes('epoch 1/4: mAP') && process.emit('SIGINT'));
  expect(await fit()).toBe(130);
  expect((await reportOf(project, 'halves')).figures.mAP).toBe(await bestOf());
  expect(await fit('--resume')).toBe(0);
  expect((await reportOf(project, 'halves')).figures.mAP).toBe(await bestOf());
});

it('trains from label files alone', async () => {
  const small = ['training.epochs=1', 'training.batchSize=4', 'data.height=32', 'data.width=32'];
  const { status, out } = await polytagTrain(
    ...['fit', '--train', project.path('data/train.json'), '--val', project.path('data/val.json')],
    ...[
      '--out',
      project.path('runs/files'),
      ...set(...small, 'model.backbone.options={widthMultiplier: 0.25}'),
    ],
  );
  expect(status).toBe(0);
  expect(out).toMatch(/^best mAP /);
});

it('gives the same scores for the same config', async () => {
  await project.fit('again', ...set('training.epochs=2'));
  const scores = async (run: string) => (await metrics(run)).map(({ mAP }) => mAP);
  expect(await scores('again')).toEqual(await scores('first'));
});

it('trains models that learn from each other, and goes on with all of them', async () => {
  const { backbone, head } = tinyConfig.model;
  await project.write('other.yaml', stringify({ model: { backbone, head: { ...head, options: { space: 'cosines', scale: 10 } } } })); // prettier-ignore
  await project.write('pair.yaml', stringify({ ...tinyConfig, mutual: { models: [tinyConfig.model, 'other.yaml'] } })); // prettier-ignore
  const fit = (run: string, ...more: string[]) =>
    polytagTrain('fit', '--config', project.path('pair.yaml'), '--out', project.path('runs', run), ...more);
  const { status, err } = await fit('pair', ...set('training.epochs=2'));
  expect(err).toMatch(/ {2}auxiliary model 1: mAP .* %.*\n {2}auxiliary model 2: mAP .* %/);
  expect(status).toBe(0);
  const [first, second] = await metrics('pair');
  expect([first.mAPAuxiliary, second.mAPAuxiliary?.length]).toEqual([undefined, 2]);
  const scales = await Promise.all(
    ['best', 'auxiliary/1', 'auxiliary/2'].map(async (name) => {
      const model = await loadModel(project.path('runs/pair', name));
      model.dispose();
      return model.scale;
    }),
  );
  expect(scales).toEqual([17, 17, 10]);

  const config = project.path('runs/pair/config.yaml');
  expect(parse(await readFile(config, 'utf8')).mutual.models[1].training.sam).toBe(false);
  const again = await polytagTrain('fit', '--config', config, '--out', project.path('runs/pair'), '--resume');
  expect(again).toMatchObject({ status: 0 });
  const other = await fit('pair', '--resume', ...set('training.epochs=2', 'mutual.models=[]'));
  expect(other.status).toBe(2);
  expect(other.err).toContain('mutual.models');
});

it('draws the built-in scenes when their folder is not there', async () => {
  const scenes = ['data.root=' + project.path('drawn'), 'data.scenes={train: 4, validation: 3, size: 32}'];
  const { status, err } = await project.fit('drawn', ...set(...scenes));
  expect(status).toBe(0);
  expect(err).toContain('drawing scenes  7/7');
});

it('stops when the numbers are lost, names where, and keeps nothing broken', async () => {
  const { status, out, err } = await project.fit('lost', ...set('training.learningRate=1e30'));
  expect([status, out]).toEqual([6, '']);
  // The first update leaves weights whose outputs are not finite.
  expect(err).toContain(
    'error: Epoch 1, batch 2: Training diverged in step 2: the loss is NaN at learning rate',
  );
  expect(err).toContain('code: training/diverged');
});

describe('a loss that fails late', () => {
  // NaN in its seventh call (two try it before the run), the first step of the third epoch, and never again.
  const LOSS = `
    import { mul, square, sub } from '@tensorflow/tfjs-core';
    import { defineLoss } from '@polytag/core';
    import { z } from 'zod';
    let calls = 0;
    export default defineLoss({
      name: 'fails-late',
      options: z.strictObject({}),
      create: () => ({
        name: 'fails-late',
        space: 'cosines',
        elementwise: (outputs, targets) => mul(square(sub(outputs, targets)), ++calls === 7 ? NaN : 1),
      }),
    });`;

  it('leaves the last good checkpoint: it loads, and the run goes on from it', async () => {
    await project.installPackages();
    await project.write('fails-late.mjs', LOSS);
    const file = project.path('tiny.yaml');
    const argv = ['fit', '--config', file, '--out', project.path('runs/late'), ...set('training.epochs=3')];
    const ownLoss = set(`loss={module: ${project.path('fails-late.mjs')}}`);
    const failed = await polytagTrain(...argv, ...ownLoss);
    expect(failed.status).toBe(6);
    expect(failed.err).toContain('Epoch 3, batch 1: Training diverged in step 5: the loss is NaN');
    expect(await metrics('late')).toHaveLength(2);
    const model = await loadModel(project.path('runs/late/best'));
    model.dispose();

    const resumed = await polytagTrain(...argv, ...ownLoss, '--resume');
    expect(resumed.status).toBe(0);
    expect(resumed.err).toContain('continuing after epoch 2, step 4 of 6');
    expect(await metrics('late')).toHaveLength(3);
  });
});

describe('a run folder that holds a run', () => {
  const again = (...more: string[]) => project.fit('first', ...set('training.epochs=2'), ...more);
  const configFile = () => readFile(project.path('runs/first/config.yaml'), 'utf8');

  it('is not overwritten', async () => {
    const { status, err } = await again(...set('data.root=does/not/exist'));
    expect(status).toBe(2);
    expect(err).toContain(`There is already a run in ${project.path('runs/first')}.`);
    expect(err).toContain('code: usage/run-exists');
  });

  it('is not resumed with another config, which is told as a difference; nothing is written', async () => {
    const before = await configFile();
    const { status, err } = await again(
      '--resume',
      ...set('training.learningRate=0.02', 'data.flip=0', 'model.head.options.scale=23', 'training.ema={}'),
    );
    expect(status).toBe(2);
    expect(err).toContain(
      `The run in ${project.path('runs/first')} was started with another config: ` +
        'data.flip: 0.5 → 0; model.head.options.scale: 17 → 23; training.learningRate: 0.01 → 0.02; ' +
        'training.ema: false → {"decay":0.9997}.',
    );
    expect(err).toContain('code: usage/resume-differs');
    expect(await configFile()).toBe(before);
  });

  it('is resumed with what changes no number: threads, checkpoints, the place of the data', async () => {
    await rename(project.path('data'), project.path('moved'));
    try {
      const neutral = [
        'data.prefetchBatches=3',
        'data.workers=1',
        'training.checkpointEvery=7',
        'training.keepEvery=1',
      ];
      const { status, err } = await again(
        '--resume',
        ...set(...neutral, `data.root=${project.path('moved')}`),
      );
      expect([status, err]).toEqual([0, expect.stringContaining('continuing after epoch 2, step 4 of 4')]);
      expect(parse(await configFile()).data).toMatchObject({
        root: project.path('moved'),
        prefetchBatches: 3,
      });
    } finally {
      await rename(project.path('moved'), project.path('data'));
    }
  });

  it('is resumed with its own config file', async () => {
    const config = project.path('runs/first/config.yaml');
    const data = set(`data.root=${project.path('data')}`);
    const out = project.path('runs/first');
    const { status } = await polytagTrain('fit', '--config', config, '--out', out, '--resume', ...data);
    expect(status).toBe(0);
  });

  it('is resumed without the initial weights, which the checkpoint replaces', async () => {
    const weights = await project.write(
      'start.safetensors',
      await readFile(project.path('runs/first/best/model.safetensors')),
    );
    const from = set(`model.weights=${weights}`);
    expect((await project.fit('from', ...from)).status).toBe(0);
    await rm(weights);
    expect((await project.fit('from', ...from, '--resume')).status).toBe(0);
  });

  it('is resumed where its project has moved to: files are told by content, not by place', async () => {
    const folder = project.path('project');
    const weights = await readFile(project.path('runs/first/best/model.safetensors'));
    await mkdir(folder);
    await project.write('project/start.safetensors', weights);
    const model = { ...tinyConfig.model, weights: 'start.safetensors' };
    await project.write(
      'project/here.yaml',
      stringify({ ...tinyConfig, data: { ...tinyConfig.data, root: '../data' }, model }),
    );
    const run = (at: string) => ['fit', '--config', join(at, 'here.yaml'), '--out', join(at, 'run')];
    expect((await polytagTrain(...run(folder))).status).toBe(0);

    const moved = project.path('moved');
    await rename(folder, moved);
    expect((await polytagTrain(...run(moved), '--resume')).status).toBe(0);
    const kept = parse(await readFile(join(moved, 'run/config.yaml'), 'utf8')) as {
      model: { weights: string };
    };
    expect(kept.model.weights).toBe(join(moved, 'start.safetensors'));
    // Other content under the same name is another start.
    await mkdir(folder);
    await rename(join(moved, 'run'), join(folder, 'run'));
    await rename(join(moved, 'here.yaml'), join(folder, 'here.yaml'));
    await project.write('project/start.safetensors', weights.subarray(1));
    const { status, err } = await polytagTrain(...run(folder), '--resume');
    expect([status, err]).toEqual([2, expect.stringContaining('another config: model.weights: ')]);
  });

  it('begins again from the initial weights when it died before its first checkpoint', async () => {
    const weights = await project.write(
      'initial.safetensors',
      await readFile(project.path('runs/first/best/model.safetensors')),
    );
    const from = set(`model.weights=${weights}`);
    expect((await project.fit('whole', ...from)).status).toBe(0);
    await mkdir(project.path('runs/died'));
    await project.write('runs/died/metrics.jsonl', '{"epoch":1,"step":2}\n');
    expect((await project.fit('died', ...from, '--resume')).status).toBe(0);
    const losses = async (run: string) => (await metrics(run)).map(({ loss }) => loss);
    expect(await losses('died')).toEqual(await losses('whole'));
  });

  it('must be there to be resumed', async () => {
    const { status, err } = await project.fit('nothing', '--resume');
    expect(status).toBe(2);
    expect(err).toContain(`No checkpoint to resume from in ${join(project.path('runs'), 'nothing')}`);
  });

  it('is not resumed when its checkpoint is damaged', async () => {
    const weights = project.path('runs/again/checkpoints/last/weights.safetensors');
    const bytes = await readFile(weights);
    bytes[bytes.length - 5] ^= 1;
    await project.write('runs/again/checkpoints/last/weights.safetensors', bytes);
    const { status, err } = await project.fit('again', '--resume', ...set('training.epochs=2'));
    expect(status).toBe(4);
    expect(err).toContain('weights.safetensors');
    expect(err).toContain('code: checkpoint/checksum');
  });
});
