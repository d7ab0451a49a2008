import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { UsageError } from '@polytag/core';
import { SCENE_LABELS } from './grammar.js';
import { drawScene } from './scene.js';
import { VALIDATION_FROM, writeScenes } from './write-scenes.js';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'polytag-scenes-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

const small = { seed: 5, train: 5, validation: 3, size: 32 };

describe('writeScenes', () => {
  it('writes label files, with the pictures they list', async () => {
    const folder = join(place, 'scenes');
    const steps: [number, number][] = [];
    const written = await writeScenes({
      ...small,
      folder,
      onProgress: (done, total) => steps.push([done, total]),
    });
    expect(written.reused).toBe(false);
    expect(steps.at(-1)).toEqual([8, 8]);
    const train = JSON.parse(await readFile(written.train, 'utf8'));
    const validation = JSON.parse(await readFile(written.validation, 'utf8'));
    expect(train.classes).toEqual(SCENE_LABELS);
    expect(train.images).toHaveLength(5);
    expect(validation.images).toHaveLength(3);
    const expected = [
      ...train.images.map((image: unknown, i: number) => [image, i]),
      ...validation.images.map((image: unknown, i: number) => [image, VALIDATION_FROM + i]),
    ];
    for (const [[path, labels], index] of expected) {
      const scene = drawScene({ seed: 5, index, size: 32 });
      expect(labels).toEqual(scene.labels);
      const { data, info } = await sharp(join(folder, path)).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([32, 32, 3]);
      expect(data.equals(scene.pixels)).toBe(true);
    }
    expect(await readdir(place)).toEqual(['scenes']);
  });

  it('keeps a finished folder of the same data set', async () => {
    const folder = join(place, 'scenes');
    const first = await writeScenes({ ...small, folder });
    await writeFile(first.train, 'untouched');
    expect(await writeScenes({ ...small, folder })).toEqual({ ...first, reused: true });
    expect(await readFile(first.train, 'utf8')).toBe('untouched');
  });

  it('refuses a folder that holds something else, and leaves it as it is', async () => {
    await writeFile(join(place, 'holiday.txt'), 'mine');
    await expect(writeScenes({ ...small, folder: place })).rejects.toThrow(UsageError);
    expect(await readdir(place)).toEqual(['holiday.txt']);
    const folder = join(place, 'scenes');
    await writeScenes({ ...small, folder });
    await expect(writeScenes({ ...small, folder, seed: 6 })).rejects.toMatchObject({
      code: 'usage/scene-folder',
    });
  });

  it('leaves nothing behind when it is stopped', async () => {
    const folder = join(place, 'scenes');
    const onProgress = () => {
      throw new Error('stopped');
    };
    await expect(writeScenes({ ...small, folder, onProgress })).rejects.toThrow('stopped');
    expect(await readdir(place)).toEqual([]);
  });

  it('has the same validation pictures whatever the number of training pictures', async () => {
    const a = await writeScenes({ ...small, folder: join(place, 'a') });
    const b = await writeScenes({ ...small, folder: join(place, 'b'), train: 2 });
    expect(await readFile(b.validation, 'utf8')).toBe(await readFile(a.validation, 'utf8'));
  });

  it('refuses counts that are no whole numbers from 1', async () => {
    await expect(writeScenes({ ...small, folder: place, train: 0 })).rejects.toThrow(UsageError);
    await expect(writeScenes({ ...small, folder: place, validation: 1.5 })).rejects.toThrow(UsageError);
  });
});
