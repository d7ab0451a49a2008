import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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

it('leaves out what is no line of a log, and says which lines those are', async () => {
  const log = new MetricsLog(folder);
  await writeFile(
    log.path,
    `${JSON.stringify(epoch(1))}\nnull\n\n{"epoch": "2", "step": 4}\n${JSON.stringify(epoch(3))}\n{"epoch": 4`,
  );
  await log.read();
  expect(log.lines).toEqual([epoch(1), epoch(3)]);
  expect(log.damaged).toEqual([2, 4, 6]);
});

it('keeps a log that has lost an epoch beside the one that goes on, each time', async () => {
  const log = new MetricsLog(folder);
  // What a disk may leave: zeros, and bytes that are no text.
  const damaged = Buffer.concat([
    Buffer.from([0, 0, 0xff, 10]),
    Buffer.from(`${JSON.stringify(epoch(2))}\n`),
  ]);
  for (const copy of ['metrics.jsonl.damaged', 'metrics.jsonl.damaged-2']) {
    await writeFile(log.path, damaged);
    expect(await log.truncate(2)).toEqual({
      path: log.path,
      epochs: [1],
      lines: [1],
      copy: join(folder, copy),
    });
    expect(await readFile(join(folder, copy))).toEqual(damaged);
    expect(await readFile(log.path, 'utf8')).toBe(`${JSON.stringify(epoch(2))}\n`);
  }
});

it('has lost nothing where only later epochs are damaged', async () => {
  const log = new MetricsLog(folder);
  await writeFile(log.path, `${JSON.stringify(epoch(1))}\n{"epoch": 2`);
  expect(await log.truncate(1)).toBeUndefined();
  expect(await readdir(folder)).toEqual(['metrics.jsonl']);
});

it('says that a log has gone', async () => {
  const log = new MetricsLog(folder);
  expect(await log.truncate(2)).toEqual({ path: log.path, epochs: [1, 2], lines: [], copy: undefined });
});
