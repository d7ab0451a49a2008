import { readdir, readFile } from 'node:fs/promises';
import { contactSheet, decodeImage, readLabelFile } from '@polytag/datasets';
import type { MetricsSink, SinkImage } from '@polytag/training';
import { loadRunConfig } from '../config/load-run-config.js';
import { Project, set } from '../project.fixture.js';
import { startingWith, runSinks } from './run-sinks.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

const AUGMENTED = ['data.augment.randAugment=true', 'data.augment.cutout=true'];

/** The bytes of a run's event files, in the order they were begun. */
async function events(run: string): Promise<Buffer[]> {
  const folder = project.path('runs', run, 'tensorboard');
  return Promise.all((await readdir(folder)).sort().map((name) => readFile(`${folder}/${name}`)));
}

/** The PNG file in the bytes of an event file; no bytes where there is none. */
function pngIn(bytes: Buffer): Buffer {
  const begin = bytes.indexOf(Buffer.from('89504e470d0a1a0a', 'hex'));
  return begin < 0 ? Buffer.of() : bytes.subarray(begin, bytes.indexOf('IEND', begin) + 8);
}

it('begin the event files of a run with a picture of what it sees', async () => {
  expect((await project.fit('augmented', ...set(...AUGMENTED))).status).toBe(0);
  const [file] = await events('augmented');
  expect(file.indexOf('train/augmented')).toBeLessThan(file.indexOf('train/loss'));
  const config = await loadRunConfig(project.path('tiny.yaml'), AUGMENTED);
  const images = await readLabelFile(project.path('data/train.json'));
  const { height, width, augment, flip: flipProbability } = config.data;
  const { sheet } = await contactSheet(images, {
    rows: 4,
    epochs: 3,
    height,
    width,
    augment,
    flipProbability,
    seed: config.seed,
  });
  expect(await decodeImage(pngIn(file), 'the picture')).toEqual(sheet);
});

it('have no picture without augmentation, and none without TensorBoard', async () => {
  const images = await readLabelFile(project.path('data/train.json'));
  const pictures: string[] = [];
  for (const assignments of [[], [...AUGMENTED, 'log.tensorboard=false']]) {
    const config = await loadRunConfig(project.path('tiny.yaml'), assignments);
    for (const sink of await runSinks(config, project.path('runs/none'), images)) {
      sink.start(0);
      await sink.flush();
      pictures.push(...(await events('none')).map((file) => pngIn(file).toString()));
    }
  }
  expect(pictures).toEqual(['']);
});

it('show it once: not when a run goes on', () => {
  const shown: [number, string, SinkImage][] = [];
  const started: number[] = [];
  const sink: MetricsSink = {
    start: (step) => void started.push(step),
    scalars: () => {},
    image: (...told) => void shown.push(told),
    flush: async () => {},
  };
  const image = { png: Uint8Array.of(1), height: 1, width: 1 };
  const begun = startingWith(sink, 'picture', image);
  begun.start(7);
  expect(shown).toEqual([]);
  begun.start(0);
  expect(shown).toEqual([[0, 'picture', image]]);
  expect(started).toEqual([7, 0]);
});

it('keep the picture of a large image within 1024 pixels', async () => {
  const config = await loadRunConfig(project.path('tiny.yaml'), [...AUGMENTED, 'data.height=400']);
  const [sink] = await runSinks(
    config,
    project.path('runs/large'),
    await readLabelFile(project.path('data/train.json')),
  );
  sink.start(0);
  await sink.flush();
  const { height, width } = await decodeImage(pngIn((await events('large'))[0]), 'the picture');
  // Four tiles of 400 x 32 pixels each way, and the gaps.
  expect([height, width]).toEqual([1024, Math.round((148 * 1024) / 1620)]);
});
