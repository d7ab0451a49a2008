import type { EngineName } from '@polytag/engine';
import { DataError, printable, printableJson } from '@polytag/core';
import { outputEnded, Progress, type Streams } from '@polytag/cli';
import { useEngine } from '@polytag/engine';
import { loadModel, type LabelScore } from '@polytag/model';
import { describeBad, someBad } from '../scoring/bad-images.js';

export interface PredictOptions {
  model: string;
  allowModules?: boolean;
  top?: number;
  threshold?: number;
  json?: boolean;
  strict?: boolean;
  maxPixels?: number;
  engine: EngineName;
}

/** Photographs decoded and predicted at a time. */
const BATCH = 32;

/** Predicts the labels of photographs, and writes a line for each. */
export async function predictImages(
  images: readonly string[],
  options: PredictOptions,
  streams: Streams,
): Promise<void> {
  await useEngine(options.engine);
  const model = await loadModel(options.model, { allowModules: options.allowModules });
  const progress = new Progress(streams.err);
  let bad = 0;
  try {
    if (options.threshold !== undefined) model.thresholds = model.labels.names.map(() => options.threshold!);
    for (let start = 0; start < images.length && !outputEnded(streams.out); start += BATCH) {
      const some = images.slice(start, start + BATCH);
      const given = { onError: 'return', maxPixels: options.maxPixels } as const;
      const predictions = await (options.top
        ? model.topK(some, options.top, given)
        : model.predict(some, given));
      for (const [i, labels] of predictions.entries()) {
        if (!(labels instanceof DataError)) {
          streams.out.write(line(some[i], labels, options.json));
          continue;
        }
        const error = withAdvice(labels);
        if (options.strict || images.length === 1) throw error;
        bad++;
        progress.line(describeBad(error));
      }
      if (images.length > BATCH) {
        progress.update({ label: 'predicting', done: start + some.length, total: images.length });
      }
    }
  } finally {
    model.dispose();
  }
  if (bad > 0) throw someBad(bad, images.length);
}

/** What helps where a folder was named. */
function withAdvice(error: DataError): DataError {
  const isFolder = error.code === 'data/not-a-file' && error.message.includes('is a folder');
  if (!isFolder) return error;
  return new DataError(error.code, error.message, { hint: 'Name the images in it: FOLDER/*.jpg' });
}

function line(image: string, labels: readonly LabelScore[], json = false): string {
  if (json) return `${printableJson({ image, labels })}\n`;
  const found = labels.map(({ label, score }) => `${printable(label)} ${score.toFixed(3)}`);
  return `${printable(image, Infinity)}: ${found.join(', ') || '(no label)'}\n`;
}
