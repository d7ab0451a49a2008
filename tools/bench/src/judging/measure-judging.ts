import { parseNpy } from '@polytag/checkpoints';
import { LabelVocabulary } from '@polytag/core';
import { readScores } from '@polytag/evaluation';
import { evaluateScores, scoreTable } from '@polytag/metrics';
import { readFile } from 'node:fs/promises';

/** What judging a file of scores took, and what came of it. */
export interface JudgingCost {
  readonly milliseconds: number;
  /** Processor time of all threads, which other work on the machine lengthens less. */
  readonly cpuMilliseconds: number;
  /** Of them, reading both files. */
  readonly reading: number;
  /** Most memory of the process. */
  readonly megabytes: number;
  readonly mAP: number;
  readonly CF1: number;
  readonly OF1: number;
}

/** How labels and images of the made files are called. */
export const labelName = (k: number): string => `label ${String(k).padStart(4, '0')}`;
export const imageName = (i: number): string => `images/${i}.jpg`;

/** Reads scores and targets, and judges them with every metric. */
export async function measureJudging(scoresPath: string, targetsPath: string): Promise<JudgingCost> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const { shape, data } = parseNpy(await readFile(targetsPath));
  const [images, classes] = shape;
  const labels = new LabelVocabulary(Array.from({ length: classes }, (_, k) => labelName(k)));
  const names = Array.from({ length: images }, (_, i) => imageName(i));
  const { scores } = await readScores(scoresPath, { labels, images: names });
  const reading = performance.now() - start;
  const table = scoreTable(scores, data as Int8Array, { images, classes });
  const { mAPOccurring, threshold } = evaluateScores({ ...table, labels: labels.names });
  const { user, system } = process.cpuUsage(cpu);
  return {
    milliseconds: performance.now() - start,
    cpuMilliseconds: (user + system) / 1000,
    reading,
    megabytes: process.resourceUsage().maxRSS / 1024,
    mAP: mAPOccurring,
    CF1: threshold.CF1,
    OF1: threshold.OF1,
  };
}
