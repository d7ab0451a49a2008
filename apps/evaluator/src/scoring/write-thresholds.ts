import type { DataOptions } from '../options.js';
import { join } from 'node:path';
import { CheckpointError, printable } from '@polytag/core';
import { terminalWidth, type Streams } from '@polytag/cli';
import { readTextFile } from '@polytag/files';
import { chooseThresholds, evaluateScores, FEW_POSITIVES, scoreTable } from '@polytag/metrics';
import { saveModel } from '@polytag/model';
import { toThresholdTable } from '@polytag/report';
import { withOutputs } from './outputs-on-data.js';

export interface ThresholdsOptions extends DataOptions {
  readonly out?: string;
}

/** Chooses a threshold for each label on a label file, and writes the model folder with them. */
export function writeThresholds(options: ThresholdsOptions, streams: Streams): Promise<void> {
  return withOutputs(options, streams, async (model, { outputs, targets, images }) => {
    const table = scoreTable(model.scores(outputs), targets, { images, classes: model.labels.size });
    const { thresholds, overall, positives } = chooseThresholds(table);
    const evaluation = evaluateScores({ ...table, labels: model.labels.names, thresholds });
    // Its thresholds are in the evaluation, since they were given.
    const classThresholds = evaluation.classThresholds!;
    const width = terminalWidth(streams.out);
    streams.out.write(toThresholdTable({ ...evaluation, classThresholds }, { width }));
    const few = positives.filter((count) => count < FEW_POSITIVES).length;
    if (few > 0)
      streams.out.write(
        `${few === 1 ? '1 label has' : `${few} labels have`} fewer than ${FEW_POSITIVES} images: ` +
          `the fewer, the nearer is its threshold to the overall one, ${overall.toFixed(4)}\n`,
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
    return await readTextFile(join(folder, 'README.md'), {
      what: 'model card',
      kind: 'checkpoint',
      maxBytes: 64e6,
    });
  } catch (error) {
    if (error instanceof CheckpointError && error.code === 'checkpoint/file-missing') return undefined;
    throw error;
  }
}
