import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A run of some seconds with everything in it that a checkpoint must keep: SAM with momentum, one cycle, weight
 * average, dropout, a shuffled and mirrored data set on a decoding thread, a checkpoint after each step.
 */
const config = {
  seed: 7,
  data: { root: 'data', scenes: { train: 24, validation: 8, size: 32 }, height: 32, width: 32, workers: 1 },
  model: {
    backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
    head: {
      name: 'ml-decoder',
      options: { space: 'cosines', scale: 17, embedding: 32, feedForward: 32, heads: 2 },
    },
  },
  loss: { name: 'aam-asl' },
  training: {
    epochs: 3,
    batchSize: 4,
    learningRate: 0.01,
    sam: {},
    ema: { decay: 0.9 },
    checkpointEvery: 1,
    keepEvery: 2,
  },
};

/** Writes the config into a folder and gives its path; the data set is drawn there by the first run. */
export async function writeSmallRun(
  folder: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const path = join(folder, 'run.yaml'); // JSON is YAML.
  await writeFile(path, JSON.stringify({ ...config, training: { ...config.training, ...settings } }));
  return path;
}
