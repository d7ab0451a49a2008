import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { hostileImages, writeImages } from './corpus.js';
import type { HostileImage } from './hostile-image.js';
import { decoder, runMeasured } from './run-measured.js';

// Each image has a process of its own.
jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'polytag-worst-'));
let corpus: readonly HostileImage[];
let base: number;

beforeAll(async () => {
  corpus = await hostileImages();
  base = await peakOf('grey.jpg');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The most memory of a process that decodes one image, which must be decoded or refused as it should be. */
async function peakOf(name: string): Promise<number> {
  const image = corpus.find((one) => one.name === name)!;
  const paths = writeImages(join(folder, 'images'), [image]);
  writeFileSync(join(folder, 'list.json'), JSON.stringify(paths));
  const { status, peak } = await runMeasured(decoder, ['list.json', 'results.json'], folder);
  const [result] = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as [unknown];
  expect({ status, result }).toEqual({ status: 0, result: image.expected });
  return peak;
}

it.each([
  'bombs-ztxt.png',
  'bomb-itxt.png',
  'bomb-profile.png',
  'bomb-pixels.png',
  'huge-exif.png',
  'claims-8000-interlaced.png',
  '60-megapixels.png',
  '40-megapixels.jpg',
  'claims-progressive.jpg',
  'icc-15-mb.jpg',
  'claims-8000.webp',
  '20-megapixels.webp',
  '40-megapixels-lossless.webp',
])('%s alone takes less than 300 MB', async (name) => {
  expect((await peakOf(name)) - base).toBeLessThan(300);
});
