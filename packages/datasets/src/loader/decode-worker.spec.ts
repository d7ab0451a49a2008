import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HALF } from '@polytag/core';
import sharp from 'sharp';
import { readLabelFile } from '../formats/label-file/read-label-file.js';
import { openLoader } from './open-loader.js';

/**
 * Threads run built code, so these tests start a process with the built package and compare what its threads make
 * with what the sources make here.
 */
const built = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const core = fileURLToPath(new URL('../../../core/dist/index.js', import.meta.url));
const isBuilt = existsSync(built) && existsSync(core);
const options = {
  height: 9,
  width: 7,
  batchSize: 4,
  seed: 3,
  flipProbability: 0.5,
  augment: { crop: true, randAugment: true, colourJitter: true, cutout: true, mix: true },
};

const program = `
import { readLabelFile, openLoader } from ${JSON.stringify(new URL(`file://${built}`).href)};
const [file, workers] = process.argv.slice(2);
const { height, width, batchSize, seed, flipProbability, augment } = ${JSON.stringify(options)};
const loader = openLoader(await readLabelFile(file), {
  preprocessing: { height, width, normalisation: ${JSON.stringify(HALF)} },
  batchSize, shuffle: { seed }, flipProbability, augment, workers: Number(workers),
});
const epochs = [];
let failure;
try {
  for (const epoch of [0, 1]) {
    for await (const { indices, inputs, targets } of loader.epoch(epoch)) epochs.push([[...indices], [...inputs], [...targets]]);
  }
} catch (error) {
  failure = { name: error.name, code: error.code, exitCode: error.exitCode, message: error.message, hint: error.hint };
}
await loader.close();
console.log(JSON.stringify({ workers: loader.workers, epochs, failure }));
`;

let folder: string;
let file: string;

beforeAll(async () => {
  if (!isBuilt)
    process.stdout.write('decoding threads are not tested: the packages are not built (npm run build)\n');
  folder = await mkdtemp(join(tmpdir(), 'polytag-worker-'));
  file = join(folder, 'train.json');
  await writeFile(join(folder, 'program.mjs'), program);
  const images: [string, string[]][] = [];
  for (let i = 0; i < 10; i++) {
    const pixels = Uint8Array.from(
      { length: 11 * 8 * 3 },
      (_, at) => Math.imul(at + i * 1000, 2654435761) >>> 24,
    );
    await sharp(pixels, { raw: { width: 11, height: 8, channels: 3 } }).toFile(join(folder, `${i}.png`));
    images.push([`${i}.png`, []]);
  }
  await writeFile(file, JSON.stringify({ classes: ['a'], images }));
  await writeFile(join(folder, 'bad.png'), 'not a picture');
  await writeFile(
    join(folder, 'bad.json'),
    JSON.stringify({ classes: ['a'], images: [...images, ['bad.png', []]] }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function inThreads(labelFile: string, workers: number) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(folder, 'program.mjs'), labelFile, String(workers)],
    {
      env: { ...process.env, NODE_OPTIONS: '' },
      maxBuffer: 2 ** 26,
    },
  );
  return JSON.parse(stdout);
}

(isBuilt ? describe : describe.skip)('decoding threads', () => {
  it('make the batches that the sources make, however many they are', async () => {
    const { height, width, batchSize, seed, flipProbability, augment } = options;
    const loader = openLoader(await readLabelFile(file), {
      preprocessing: { height, width, normalisation: HALF },
      batchSize,
      shuffle: { seed },
      flipProbability,
      augment,
    });
    const expected: number[][][] = [];
    for (const epoch of [0, 1]) {
      for await (const { indices, inputs, targets } of loader.epoch(epoch)) {
        expected.push([[...indices], [...inputs], [...targets]]);
      }
    }
    await loader.close();
    expect(loader.workers).toBe(0);
    for (const workers of [1, 2]) {
      const got = await inThreads(file, workers);
      expect(got.workers).toBeGreaterThanOrEqual(1);
      expect(got.failure).toBeUndefined();
      expect(got.epochs).toEqual(expected);
    }
  });

  it('pass on an error with its class and code', async () => {
    const { failure } = await inThreads(join(folder, 'bad.json'), 1);
    expect(failure).toMatchObject({ name: 'DataError', code: 'data/not-an-image', exitCode: 3 });
    expect(failure.message).toContain('bad.png is a text file');
    expect(failure.hint).toContain('Convert it');
  });
});
