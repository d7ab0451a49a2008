import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetricsLog, type EpochMetrics } from './metrics-log.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-metrics-'))));
afterEach(() => rm(folder, { recursive: true }));

const epoch = (number: number): EpochMetrics => ({
  epoch: number,
  step: 2 * number,
  loss: 1.5,
  learningRate: 0.1,
  mAP: 0.25,
  mAPOccurring: 0.5,
  best: true,
  secondsTrain: 1,
  imagesPerSecond: 8,
});

it('is the same file when a resumed run writes its lines again', async () => {
  const log = new MetricsLog(folder);
  for (const number of [1, 2, 3]) await log.append(epoch(number));
  const [first, second] = (await readFile(log.path, 'utf8')).split('\n');
  const resumed = new MetricsLog(folder);
  await resumed.truncate(2);
  expect(await readFile(log.path, 'utf8')).toBe(`${first}\n${second}\n`);
});

it('leaves out what is no line of a log', async () => {
  const log = new MetricsLog(folder);
  await writeFile(log.path, `${JSON.stringify(epoch(1))}\nnull\n{"epoch": "2", "step": 4}\n{"epoch": 3`);
  await log.read();
  expect(log.lines).toEqual([epoch(1)]);
});
