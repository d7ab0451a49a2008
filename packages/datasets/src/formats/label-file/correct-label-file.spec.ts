import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { correctLabelFile, type Correction } from './correct-label-file.js';

describe('correctLabelFile', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-correct-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function correct(file: object, corrections: readonly Correction[], to = 'corrected.json') {
    const from = join(folder, 'labels.json');
    await writeFile(from, JSON.stringify(file));
    await correctLabelFile(from, join(folder, to), corrections);
    return JSON.parse(await readFile(join(folder, to), 'utf8')) as object;
  }

  const file = {
    $schema: './label-file.schema.json',
    classes: ['cat', 'dog', 7],
    licence: { name: 'CC0' },
    images: [
      ['a.jpg', ['cat', 'cat', 'dog']],
      ['b.jpg', [7], { unknown: ['cat', 'dog'] }],
      ['c.jpg', []],
    ],
  };

  it('removes, adds and doubts labels, and changes nothing else', async () => {
    const corrections: Correction[] = [
      { image: 'a.jpg', label: 'cat', is: 'absent' },
      { image: 'a.jpg', label: '7', is: 'present' },
      { image: 'b.jpg', label: 'cat', is: 'present' },
      { image: 'b.jpg', label: 'dog', is: 'absent' },
      { image: 'c.jpg', label: 'dog', is: 'unknown' },
    ];
    expect(await correct(file, corrections)).toEqual({
      ...file,
      images: [
        ['a.jpg', ['dog', 7]],
        ['b.jpg', [7, 'cat']],
        ['c.jpg', [], { unknown: ['dog'] }],
      ],
    });
  });

  it('names what is absent where what is not listed is unknown', async () => {
    const positives = {
      classes: ['cat', 'dog'],
      unlisted: 'unknown',
      images: [
        ['a.jpg', ['cat'], { absent: ['dog'] }],
        ['b.jpg', ['dog']],
      ],
    };
    const corrections: Correction[] = [
      { image: 'a.jpg', label: 'cat', is: 'absent' },
      { image: 'a.jpg', label: 'dog', is: 'unknown' },
      { image: 'b.jpg', label: 'dog', is: 'unknown' },
    ];
    expect(await correct(positives, corrections)).toEqual({
      ...positives,
      images: [
        ['a.jpg', [], { absent: ['cat'] }],
        ['b.jpg', []],
      ],
    });
  });

  it('leads to the same images from another folder', async () => {
    const paths = {
      classes: [],
      images: ['photos/a.jpg', '../b.jpg', '/data/c.jpg'].map((name) => [name, []]),
    };
    expect(await correct(paths, [], 'issues/corrected.json')).toEqual({
      classes: [],
      images: ['../photos/a.jpg', '../../b.jpg', '/data/c.jpg'].map((name) => [name, []]),
    });
  });

  it('gives the same again without corrections, in the same folder', async () => {
    expect(await correct(file, [])).toEqual(file);
  });
});
