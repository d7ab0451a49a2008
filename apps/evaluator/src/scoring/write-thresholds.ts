import type { DataOptions } from '../options.js';
import { join } from 'node:path';
import { printable } from '@polytag/core';
import { terminalWidth, type Streams } from '@polytag/cli';
import { readTextFile } from '@polytag/files';
import { chooseThresholds, evaluateScores, FEW_POSITIVES, scoreTable } from '@polytag/metrics';
import {
  assertReplacesModel,
  loadModel,
  parseThresholds,
  saveModel,
  type MultiLabelModel,
} from '@polytag/model';
import { useEngine } from '@polytag/engine';
import { toThresholdTable } from '@polytag/report';
import { cardOf } from './model-card.js';
import { flipWarnings } from './flip-warning.js';
import { withOutputs } from './outputs-on-data.js';

export interface ThresholdsOptions extends DataOptions {
  readonly out?: string;
  /** For scores that are the mean of those of an image and of its mirror image. */
  readonly flip?: boolean;
}

/** Chooses a threshold for each label on a label file, and writes the model folder with them. */
export async function writeThresholds(options: ThresholdsOptions, streams: Streams): Promise<void> {
  if (options.out !== undefined) await assertReplacesModel(options.out, options.model);
  await withOutputs(options, streams, async (model, { outputs, mirrored, targets, images }) => {
    const table = scoreTable(model.scores(outputs, mirrored), targets, {
      images,
      classes: model.labels.size,
    });
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
          `the fewer images, the closer the threshold is to the overall one, ${overall.toFixed(4)}\n`,
      );
    await saveThresholds(model, { thresholds, flip: options.flip ?? false }, options, streams);
    const { calibration } = model;
    for (const line of flipWarnings({ calibration }, options.flip)) streams.err.write(`${line}\n`);
  });
}

/** Writes the model folder with the thresholds of a file, e.g. those that were tried in the page of a report. */
export async function takeThresholds(
  {
    model: folder,
    out,
    allowModules,
    from,
    engine,
  }: Omit<ThresholdsOptions, 'data'> & { readonly from: string },
  streams: Streams,
): Promise<void> {
  if (out !== undefined) await assertReplacesModel(out, folder);
  await useEngine(engine);
  const model = await loadModel(folder, { allowModules });
  try {
    const text = await readTextFile(from, { what: 'file of thresholds', kind: 'data', maxBytes: 64e6 });
    const taken = parseThresholds(text, model.labels, printable(from, Infinity));
    await saveThresholds(model, taken, { model: folder, out }, streams);
  } finally {
    model.dispose();
  }
}

async function saveThresholds(
  model: MultiLabelModel,
  { thresholds, flip }: { readonly thresholds: ArrayLike<number>; readonly flip: boolean },
  { model: folder, out = folder }: { readonly model: string; readonly out?: string },
  streams: Streams,
): Promise<void> {
  model.thresholds = thresholds;
  model.thresholdsFlip = flip;
  await saveModel(model, out, {
    card: await cardOf(folder),
    replace: out === folder ? 'any' : 'same-weights',
  });
  streams.out.write(`thresholds: ${printable(join(out, 'thresholds.json'), Infinity)}\n`);
}
