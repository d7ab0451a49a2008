import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Programs } from './programs.js';
import { FaultFailure } from './programs.js';
import { formatVerbs } from './verbs.js';

/** Where `from-server.yaml` says its weights are; a mirror has them. */
export const ADDRESS = 'https://models.example/tiny.safetensors';

const small = {
  backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
  head: { name: 'linear', options: { space: 'cosines', scale: 17 } },
};

const config = (data: object, more: object = {}, model: object = {}) =>
  JSON.stringify({
    seed: 1,
    data: { root: 'data', height: 32, width: 32, workers: 0, ...data },
    model: { ...small, ...model },
    training: { epochs: 2, batchSize: 4, learningRate: 0.01, sam: false, ema: false },
    ...more,
  });

/** Makes the folder that every verb starts from, and a cache of downloads that has nothing in it. */
export async function prepareBase(folder: string, programs: Programs): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, text: string) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  const scenes = { train: 8, validation: 6, size: 40 };
  await write('scenes.yaml', config({ root: 'drawn', scenes }));
  await write('first.yaml', config({ scenes }));
  const run = async (program: 'train' | 'eval', ...argv: string[]) => {
    const { status, err } = await programs.run({ program, argv }, folder);
    if (status !== 0) throw new FaultFailure('soak/not-resumed', `A run without a fault failed.\n${err}`);
  };
  await run('train', 'fit', '--config', 'first.yaml', '--out', 'first');
  await cp(join(folder, 'first/best'), join(folder, 'model'), { recursive: true });
  for (const name of ['first', 'first.yaml']) await rm(join(folder, name), { recursive: true });

  await write('tiny.yaml', config({}));
  await write('mutual.yaml', config({}, { mutual: { models: [small] } }));
  await write('from-model.yaml', config({}, {}, { weights: 'model' }));
  await write('from-server.yaml', config({}, {}, { weights: ADDRESS }));
  const images = await readdir(join(folder, 'data/images'));
  const row = (image: string, i: number) => `data/images/${image},${i % 2 ? 'a' : 'b'}`;
  await write('own.csv', ['file,labels', ...images.slice(0, 4).map(row)].join('\n'));
  const { classes, images: listed } = JSON.parse(await readFile(join(folder, 'data/train.json'), 'utf8')) as {
    classes: string[];
    images: [string, string[]][];
  };
  await write('data/bad.json', JSON.stringify({ classes, images: [...listed, ['broken/bad.png', classes]] }));
  await write('data/broken/bad.png', 'no image');
  // Enough for a range test at two images a batch.
  for (let copy = 1; copy < 5; copy++)
    for (const [path] of listed) await cp(join(folder, 'data', path), join(folder, 'data', `${copy}`, path));
  const many = [0, 1, 2, 3, 4].flatMap((copy) =>
    listed.map(([path, labels]) => [copy === 0 ? path : `${copy}/${path}`, labels]),
  );
  await write('data/many.json', JSON.stringify({ classes, images: many }));
  await write('decisions.csv', `image,label,decision\n${listed[0][0]},${listed[0][1][0]},remove\n`);
  await write(
    'thresholds.json',
    JSON.stringify({ thresholds: Object.fromEntries(classes.map((name) => [name, 0.5])) }),
  );
  await run('eval', 'embed', 'data/images/train-00000.png', '--model', 'model', '--out', 'vectors.npy');
  const val = JSON.parse(await readFile(join(folder, 'data/val.json'), 'utf8')) as typeof listed & {
    images: [string, string[]][];
  };
  const scores = val.images.map(([path], i) => [path, ...classes.map((_, k) => ((i + k) % 5) / 4)].join());
  await write('scores.csv', [['image', ...classes].join(), ...scores].join('\n'));
  for (const [i, name] of ['one.txt', 'two.txt'].entries())
    await run(
      'eval',
      'predict',
      'data/images/train-00000.png',
      'data/images/train-00001.png',
      '--model',
      'model',
      '--shard',
      `${i + 1}/2`,
      '--out',
      name,
    );
  for (const { files } of await formatVerbs())
    for (const [path, text] of Object.entries(files)) await write(path, text);
}
