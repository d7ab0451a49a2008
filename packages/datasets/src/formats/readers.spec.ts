import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { datasetReaders, publishedSet } from './readers.js';

const folder = import.meta.dirname;

it('lists the reader of every folder that has one, by the name of the folder', () => {
  const folders = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'reader.ts')));
  expect(datasetReaders.map(({ name }) => name).sort()).toEqual(folders.sort());
});

describe.each(datasetReaders.map((reader) => [reader.name, reader] as const))('%s', (_, reader) => {
  it('says what it reads, and what each of its options is for', () => {
    expect(reader.description).not.toBe('');
    expect(reader.folder).toMatch(/->|becomes/);
    for (const { flags, help } of reader.options) {
      expect(flags).toMatch(/^--[a-z]+(-[a-z]+)*( <[a-z]+>)?$/);
      expect(help).not.toBe('');
    }
  });

  it('has no option that every format has, and none twice', () => {
    const names = reader.options.map(({ flags }) => flags.split(' ')[0]);
    const all = '--from --images --out --skip-missing --normalise-labels --encoding --force'.split(' ');
    expect(new Set([...names, ...all]).size).toBe(names.length + all.length);
  });

  it('has defaults among the choices', () => {
    for (const { choices, default: value } of reader.options)
      if (choices && value !== undefined) expect(choices).toContain(value);
  });

  it('finds what is published by its splits, whose figures agree with each other', () => {
    for (const set of reader.published ?? []) {
      expect(publishedSet(reader.published!, Object.keys(set.splits))).toBe(set);
      for (const { images, meanListed, classImages } of Object.values(set.splits)) {
        expect(images.length).toBeGreaterThan(0);
        if (!classImages) continue;
        expect(classImages).toHaveLength(set.classes);
        // An image lists a label once for each object: no fewer than images have it.
        const total = classImages.reduce((sum, count) => sum + count, 0);
        expect(Number(meanListed) * images[0]).toBeGreaterThan(total);
      }
    }
  });
});
