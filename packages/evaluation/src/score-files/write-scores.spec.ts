import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabelVocabulary, RandomStream } from '@polytag/core';
import { readScores } from './read-scores.js';
import { writeScores } from './write-scores.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-scores-'))));
afterAll(() => rm(folder, { recursive: true }));

it('is a table with a header', async () => {
  const path = join(folder, 'small.csv');
  await writeScores(path, { labels: ['cat', 'dog'], images: ['a.jpg', 'b.jpg'], scores: [0.5, 1, 0, 1e-9] });
  expect(await readFile(path, 'utf8')).toBe('image,cat,dog\na.jpg,0.5,1\nb.jpg,0,1e-9\n');
});

it('is read to the same numbers, whatever images and labels are called', async () => {
  const path = join(folder, 'odd.csv');
  const labels = new LabelVocabulary(['a, b', 'say "c"', 'd;e', ' f']);
  const images = ['1,2.jpg', 'x "y".jpg', 'tab\t.jpg', 'plain.jpg'];
  const random = new RandomStream(1);
  const scores = Float64Array.from({ length: 16 }, () => 1 / (1 + Math.exp(20 * random.normal())));
  await writeScores(path, { labels: labels.names, images, scores });
  expect((await readScores(path, { labels, images })).scores).toEqual(scores);
});
