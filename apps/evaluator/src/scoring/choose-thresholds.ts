import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '@polytag/core';
import type { Streams } from '@polytag/cli';
import { bestThresholds, evaluateScores, scoreTable } from '@polytag/metrics';
import { saveModel } from '@polytag/model';
import { toThresholdTable } from '@polytag/report';
import type { ThresholdsOptions } from '../commands/thresholds.js';
import { withOutputs } from './outputs-on-data.js';

/** Chooses a threshold for each label on a label file, and writes the model folder with them. */
export function chooseThresholds(options: ThresholdsOptions, streams: Streams): Promise<void> {
  return withOutputs(options, streams, async (model, { outputs, targets, images }) => {
    const table = scoreTable(model.scores(outputs), targets, { images, classes: model.labels.size });
    const { thresholds } = bestThresholds(table);
    const evaluation = evaluateScores({ ...table, labels: model.labels.names, thresholds });
    // Its thresholds are in the evaluation, since they were given.
    const classThresholds = evaluation.classThresholds!;
    streams.out.write(toThresholdTable({ ...evaluation, classThresholds }));
    const { emptyClasses, labels } = evaluation;
    if (emptyClasses.length > 0)
      streams.out.write(
        `Without an image, 0.5: ${emptyClasses.map((k) => printable(labels[k])).join(', ')}\n`,
      );
    model.thresholds = thresholds;
    const folder = options.out ?? options.model;
    await saveModel(model, folder, { card: await cardOf(options.model) });
    streams.out.write(`thresholds: ${printable(join(folder, 'thresholds.json'), Infinity)}\n`);
  });
}

/** The model card as it is; undefined where the folder has none. */
async function cardOf(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, 'README.md'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
