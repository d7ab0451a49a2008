import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HALF, IMAGENET } from '@polytag/core';
import sharp from 'sharp';
import { normaliser } from './normalise.js';
import { prepareImage } from './prepare-image.js';

const pixels = Uint8Array.from({ length: 2 * 3 * 3 }, (_, i) => i * 14);

describe('normaliser', () => {
  it('is (x/255 − mean)/std a channel, at an offset', () => {
    const out = new Float32Array(20).fill(9);
    normaliser({ normalisation: IMAGENET })(pixels, out, 2);
    pixels.forEach((level, i) => {
      expect(out[i + 2]).toBe(Math.fround((level / 255 - IMAGENET.mean[i % 3]) / IMAGENET.std[i % 3]));
    });
    expect([out[0], out[1]]).toEqual([9, 9]);
  });
});

describe('prepareImage', () => {
  it('takes a path, the bytes of a file, or pixels', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polytag-image-'));
    const bytes = await sharp(Buffer.from(pixels), { raw: { height: 2, width: 3, channels: 3 } })
      .png()
      .toBuffer();
    await writeFile(join(folder, 'a.png'), bytes);
    const preprocessing = { height: 4, width: 5, normalisation: HALF };
    const prepared = await prepareImage({ pixels, height: 2, width: 3 }, preprocessing);
    expect(prepared).toHaveLength(4 * 5 * 3);
    expect(await prepareImage(bytes, preprocessing)).toEqual(prepared);
    expect(await prepareImage(join(folder, 'a.png'), preprocessing)).toEqual(prepared);
    await expect(prepareImage(join(folder, 'b.png'), preprocessing)).rejects.toMatchObject({
      code: 'data/image-missing',
    });
    await rm(folder, { recursive: true });
  });
});
