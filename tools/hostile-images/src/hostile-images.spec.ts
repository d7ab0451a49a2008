import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { hostileImages, writeImages } from './corpus.js';
import type { HostileImage } from './hostile-image.js';
import { photo } from './images/photo.js';
import { decoder, evaluator, runMeasured, trainer, type Measured } from './run-measured.js';

// Hundreds of images go through each command where all are wanted.
jest.setTimeout(600_000);

/** `POLYTAG_HOSTILE_IMAGES=all` gives every image to every command; the suite gives each to one. */
const all = process.env['POLYTAG_HOSTILE_IMAGES'] === 'all';
/** Commands whose memory is held to a limit: the worst images are shared among them. */
const MEASURED = ['fit-skip', 'predict', 'score', 'inspect'] as const;
/** They read images as `fit-skip` and `score` do, and go without the worst. */
const AS_OTHERS = ['fit-fail', 'thresholds'] as const;
type Command = (typeof MEASURED)[number] | (typeof AS_OTHERS)[number];

/**
 * What all images together may take above one or two ordinary photographs, in MB: 282, which is what one may take, and
 * the pixels of the largest (180), which are there until they are collected.
 */
const ALLOWED = 282 + 180;
/** What one image alone may take, in MB. */
const ALLOWED_ALONE = 300;
/** Files that are large, or that claim to be: what decoding can take. */
const WORST = [
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
];
const folder = mkdtempSync(join(tmpdir(), 'polytag-hostile-'));
const inFolder = (...names: string[]) => join(folder, ...names);
const model = inFolder('runs', 'ordinary', 'best');

let corpus: readonly HostileImage[];
let shares: Readonly<Record<Command, readonly HostileImage[]>>;
let ordinary: string[];

beforeAll(async () => {
  corpus = await hostileImages();
  shares = sharesOf(corpus);
  writeImages(inFolder('images'), corpus);
  const content = Uint8Array.from(await photo(640, 480).jpeg().toBuffer());
  ordinary = ['a.jpg', 'b.jpg'];
  for (const name of ordinary) writeFileSync(inFolder('images', name), content);
  writeFileSync(inFolder('ordinary.json'), labelFile(ordinary));
  for (const [command, images] of Object.entries(shares))
    writeFileSync(inFolder(`${command}.json`), labelFile([...images.map(({ name }) => name), ...ordinary]));
  writeFileSync(inFolder('config.yaml'), CONFIG);
});
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * What each command reads. Bad and good images are dealt apart: training can leave out less than half of them. The corpus
 * has one kind after the other, so each command gets some of each.
 */
function sharesOf(images: readonly HostileImage[]): typeof shares {
  const isWorst = ({ name }: HostileImage) => WORST.includes(name);
  const milder = images.filter((image) => !isWorst(image));
  const commands: readonly Command[] = [...MEASURED, ...AS_OTHERS];
  const dealt = Object.fromEntries(commands.map((command) => [command, new Set<HostileImage>()]));
  const deal = (some: readonly HostileImage[], among: readonly Command[]) =>
    some.forEach((image, i) => dealt[among[i % among.length]].add(image));
  if (all) {
    for (const command of MEASURED) deal(images, [command]);
    for (const command of AS_OTHERS) deal(milder, [command]);
  } else {
    deal(images.filter(isWorst), MEASURED);
    deal(milder.filter(isBad), commands);
    deal(
      milder.filter((image) => !isBad(image)),
      commands,
    );
  }
  const inOrder = {} as Record<Command, readonly HostileImage[]>;
  for (const command of commands) inOrder[command] = images.filter((image) => dealt[command].has(image));
  return inOrder;
}

/** Images in turn with and without a dog; all have a cat or none in pairs, so that both labels have both. */
const labelFile = (names: readonly string[]) =>
  JSON.stringify({
    classes: ['cat', 'dog'],
    images: names.map((name, i) => [`images/${name}`, i % 2 ? ['cat'] : ['dog']]),
  });

const CONFIG = `
seed: 1
engine: wasm
data: { root: ., train: ordinary.json, val: ordinary.json, height: 32, width: 32, workers: 1, maxBadImages: 0.499 }
model:
  backbone: { name: mobilenet-v3-small, options: { widthMultiplier: 0.25 } }
  head: { name: linear, options: { space: cosines, scale: 17 } }
loss: { name: aam-asl }
training: { epochs: 1, batchSize: 32, learningRate: 0.001, sam: false, ema: false }
`;

const fit = (run: string, train: string, badImages: 'skip' | 'fail') =>
  runMeasured(
    trainer,
    [
      'fit',
      '--config',
      'config.yaml',
      '--out',
      join('runs', run),
      '--set',
      `data.train=${train}`,
      '--set',
      `data.badImages=${badImages}`,
    ],
    folder,
  );
const onData = (verb: string, data: string, ...more: string[]) =>
  runMeasured(evaluator, [verb, '--model', model, '--data', data, ...more], folder);
const predict = (names: readonly string[]) =>
  runMeasured(
    evaluator,
    ['predict', ...names.map((name) => join('images', name)), '--model', model, '--json'],
    folder,
  );

/** As an error shows a file name. */
const shown = (name: string) => name.replaceAll('\x1b', '\\u001b').replaceAll('\n', '\\n');

const isBad = ({ expected }: HostileImage) => expected.code !== undefined;
const badOf = (command: Command) => shares[command].filter(isBad);
const goodOf = (command: Command) => shares[command].filter((image) => !isBad(image));

/**
 * Every bad image of those given is named once, with its code; no good one is; and nothing else is wrong.
 *
 * @param others codes that are other ones here, by name
 */
function expectNamed(
  { err }: Measured,
  images: readonly HostileImage[],
  others: Readonly<Record<string, string>> = {},
): void {
  const lines = err.split('\n').filter((line) => /\(data\/[a-z-]+\)$/.test(line));
  const faults: string[] = [];
  for (const { name, expected } of images) {
    const about = lines.filter((line) => line.includes(`images/${shown(name)} `));
    const codes = about.map((line) => /\((data\/[a-z-]+)\)$/.exec(line)![1]);
    const code = others[name] ?? expected.code;
    const wanted = code === undefined ? [] : [code];
    if (String(codes) !== String(wanted)) faults.push(`${name}: ${String(codes)}, not ${String(wanted)}`);
  }
  expect(faults).toEqual([]);
  expect(lines).toHaveLength(images.filter(isBad).length);
  expect(err).not.toMatch(/^\s+at |defect|cannot be decoded: [:.]/m);
  expect(err).not.toContain('\x1b[31m');
}

const peaks: Record<string, string> = {};
function expectWithin(verb: string, base: Measured, hostile: Measured): void {
  peaks[verb] = `${base.peak.toFixed(0)} -> ${hostile.peak.toFixed(0)} MB`;
  expect(hostile.peak - base.peak).toBeLessThan(ALLOWED);
}

it('has 120 images and more, each with a name of its own', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(120);
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
});

it('gives each image to a command', () => {
  expect(new Set(Object.values(shares).flat()).size).toBe(corpus.length);
});

describe('decoded', () => {
  /** By a process of their own. */
  async function decoded(names: readonly string[]) {
    writeFileSync(inFolder('list.json'), JSON.stringify(names.map((name) => inFolder('images', name))));
    const run = await runMeasured(decoder, ['list.json', 'results.json'], folder);
    const results = JSON.parse(readFileSync(inFolder('results.json'), 'utf8')) as unknown[];
    return { ...run, results: Object.fromEntries(results.map((result, i) => [names[i], result])) };
  }
  const expectedOf = (images: readonly HostileImage[]) =>
    Object.fromEntries(images.map(({ name, expected }) => [name, expected]));
  let base: Measured;
  beforeAll(async () => void (base = await decoded(['grey.jpg'])));

  it('have the size of their picture or are refused', async () => {
    const hostile = await decoded(corpus.map(({ name }) => name));
    expect(hostile.results).toEqual(expectedOf(corpus));
    expectWithin('decode', base, hostile);
  });

  it.each(WORST)('%s alone takes less than 300 MB', async (name) => {
    const { status, results, peak } = await decoded([name]);
    expect(status).toBe(0);
    expect(results).toEqual(expectedOf(corpus.filter((one) => one.name === name)));
    expect(peak - base.peak).toBeLessThan(ALLOWED_ALONE);
  });
});

it('fit goes without the bad ones, or names them and stops', async () => {
  const base = await fit('ordinary', 'ordinary.json', 'fail');
  expect(base).toMatchObject({ status: 0 });
  const bad = badOf('fit-skip');
  const skip = await fit('skip', 'fit-skip.json', 'skip');
  expect(skip.err).toContain(`continuing without ${bad.length} images that cannot be used`);
  expectNamed(skip, shares['fit-skip']);
  expect(skip.status).toBe(0);
  const { train } = JSON.parse(readFileSync(inFolder('runs/skip/skipped-images.json'), 'utf8'));
  expect(train).toEqual(bad.map(({ name }) => `images/${name}`));
  expectWithin('fit-skip', base, skip);
  const fail = await fit('fail', 'fit-fail.json', 'fail');
  expect(fail.status).toBe(3);
  expectNamed(fail, shares['fit-fail']);
  expect(fail.err).toContain(
    `${badOf('fit-fail').length} of the ${shares['fit-fail'].length + ordinary.length} images of `,
  );
});

it('predict gives the labels of all others', async () => {
  const hostile = await predict(shares.predict.map(({ name }) => name));
  expect(hostile.status).toBe(3);
  // A folder is looked through.
  expectNamed(hostile, shares.predict, { 'folder.jpg': 'data/no-images' });
  const images = hostile.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).image as string);
  expect(images).toEqual(goodOf('predict').map(({ name }) => `images/${name}`));
  expectWithin('predict', await predict(ordinary.slice(0, 1)), hostile);
});

/** How many images a command is given, and how many of them cannot be used. */
const counts = (command: Command) => ({
  given: shares[command].length + ordinary.length,
  bad: badOf(command).length,
});

it('score counts all others', async () => {
  const out = ['--json', 'scores.json'];
  const base = await onData('score', 'ordinary.json', ...out);
  expect(base).toMatchObject({ status: 0 });
  const hostile = await onData('score', 'score.json', ...out);
  expect(hostile.status).toBe(3);
  expectNamed(hostile, shares.score);
  const { given, bad } = counts('score');
  expect(hostile.err).toContain(`${bad} of ${given} images cannot be used`);
  expect(JSON.parse(readFileSync(inFolder('scores.json'), 'utf8')).images).toBe(given - bad);
  expectWithin('score', base, hostile);
});

it('thresholds counts all others', async () => {
  const hostile = await onData('thresholds', 'thresholds.json', '--out', 'with-thresholds');
  expect(hostile.status).toBe(3);
  expectNamed(hostile, shares.thresholds);
  const { given, bad } = counts('thresholds');
  expect(hostile.err).toContain(`${bad} of ${given} images cannot be used`);
});

it('inspect names the bad ones', async () => {
  const inspect = (data: string) => runMeasured(trainer, ['inspect', 'data', data], folder);
  const hostile = await inspect('inspect.json');
  expect(hostile.status).toBe(3);
  expectNamed(hostile, shares.inspect);
  expectWithin('inspect', await inspect('ordinary.json'), hostile);
});

afterAll(() => void (process.env.SHOW_PEAKS && process.stderr.write(`${JSON.stringify(peaks, null, 2)}\n`)));
