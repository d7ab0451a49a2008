import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { HALF } from '@polytag/core';
// The import a reader writes, not the one this package would.

import { openLoader, readLabelFile, readVoc, summarise, writeLabelFile } from '@polytag/datasets';

const before = process.cwd();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-example-'));
  await mkdir(join(folder, 'photos'));
  const names = ['1.jpg', '2.jpg', '3.jpg'];
  for (const name of names) {
    await sharp({ create: { width: 32, height: 24, channels: 3, background: 'teal' } }).toFile(
      join(folder, 'photos', name),
    );
  }
  const images = names.map((name) => [name, ['cat']]);
  await writeFile(join(folder, 'photos', 'train.json'), JSON.stringify({ classes: ['cat', 'dog'], images }));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true });
});

it('runs the example of the README', async () => {
  const sizes: number[] = [];
  const step = (images: Float32Array, targets: Float32Array) => sizes.push(images.length, targets.length);

  const dataset = await readLabelFile('photos/train.json');
  const { meanLabels, emptyLabels } = summarise(dataset);

  const loader = openLoader(dataset, {
    preprocessing: { height: 224, width: 224, normalisation: HALF },
    batchSize: 2,
    shuffle: { seed: 5 },
    flipProbability: 0.5,
    dropLast: true,
  });
  for await (const batch of loader.epoch(0)) step(batch.inputs, batch.targets); // [B, 224, 224, 3] and [B, K]
  await loader.close();

  expect([meanLabels, emptyLabels]).toEqual([1, ['dog']]);
  expect(sizes).toEqual([2 * 224 * 224 * 3, 2 * 2]);
});

it('runs the example of published data sets', async () => {
  for (const [split, id] of [
    ['trainval', '000005'],
    ['test', '000001'],
  ]) {
    await write(`VOCdevkit/VOC2007/ImageSets/Main/${split}.txt`, `${id}\n`);
    await write(`VOCdevkit/VOC2007/JPEGImages/${id}.jpg`, '');
    const xml = '<annotation><object><name>dog</name></object></annotation>';
    await write(`VOCdevkit/VOC2007/Annotations/${id}.xml`, xml);
  }

  const [train, test] = await readVoc('VOCdevkit/VOC2007', ['trainval', 'test']);
  await writeLabelFile('data/voc2007/train.json', train.file, { root: train.root });
  await writeLabelFile('data/voc2007/val.json', test.file, { root: test.root });

  const { images, labels } = await readLabelFile('data/voc2007/val.json');
  expect(images).toEqual([
    {
      name: '../../VOCdevkit/VOC2007/JPEGImages/000001.jpg',
      path: 'VOCdevkit/VOC2007/JPEGImages/000001.jpg',
      labels: [labels.indexOf('dog')],
    },
  ]);
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
