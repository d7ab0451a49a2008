import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, IMAGENET } from '@polytag/core';
import { encodePng } from '../images/encode-image.js';
import { prepareImage } from '../images/prepare-image.js';
import { decodePaths } from './decode-paths.js';
import { imageDecoder } from './image-decoder.js';

const preprocessing = { height: 4, width: 3, normalisation: IMAGENET };

it('gives each photograph as prediction sees it alone, and the errors of the others in their places', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-paths-'));
  try {
    const photo = async (i: number) => {
      const pixels = Uint8Array.from({ length: 75 }, (_, j) => (i * 31 + j * 7) % 256);
      await writeFile(join(folder, `${i}.png`), await encodePng({ pixels, height: 5, width: 5 }));
    };
    for (const i of [0, 1, 3, 4, 6]) await photo(i);
    await writeFile(join(folder, '2.png'), 'text');
    const error = new DataError('data/no-match', 'Nothing matches.');
    async function* items() {
      for (let i = 0; i < 7; i++)
        yield { path: join(folder, `${i}.png`), place: i, ...(i === 5 && { error }) };
    }
    const seen: (string | Float32Array)[] = [];
    for await (const batch of decodePaths(items(), { preprocessing, batchSize: 3, workers: 0 })) {
      expect(batch.items.map(({ place }) => place)).toEqual(
        [...batch.items.keys()].map((i) => seen.length + i),
      );
      let row = 0;
      for (const fault of batch.errors) seen.push(fault?.code ?? batch.images.slice(36 * row, 36 * ++row));
      expect(batch.images).toHaveLength(36 * row);
    }
    const alone = (i: number) => prepareImage(join(folder, `${i}.png`), preprocessing);
    expect(seen).toEqual([
      await alone(0),
      await alone(1),
      'data/not-an-image',
      await alone(3),
      await alone(4),
      'data/no-match',
      await alone(6),
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('decodes what comes as bytes as prediction does, and tells why some cannot be used', async () => {
  const pixels = Uint8Array.from({ length: 75 }, (_, j) => (j * 7) % 256);
  const file = await encodePng({ pixels, height: 5, width: 5 });
  const decoder = imageDecoder({ preprocessing, workers: 0 });
  const { errors, images } = await decoder.decode([
    new TextEncoder().encode('text'),
    file,
    file.subarray(0, 60),
  ]);
  await decoder.close();
  expect(errors.map((error) => error?.code)).toEqual([
    'data/not-an-image',
    undefined,
    'data/image-truncated',
  ]);
  expect(images).toEqual(await prepareImage(file, preprocessing));
});
