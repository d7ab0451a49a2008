import { join } from 'node:path';
import { contactSheet, encodePng, resizeBilinear, type LabelledDataset } from '@polytag/datasets';
import { tensorboardSink, type MetricsSink, type SinkImage } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';

/** Images, and versions of each, in the picture that a run begins with. */
const SHEET = { rows: 4, epochs: 3 };
/** Pixels of its longer side, at most. */
const LARGEST = 1024;

/**
 * Where the figures of a run go besides its log: TensorBoard's event files, unless the config says no. With
 * augmentation they begin with a picture of what training sees.
 */
export async function runSinks(
  config: RunConfig,
  folder: string,
  images: LabelledDataset,
): Promise<MetricsSink[]> {
  if (!config.log.tensorboard) return [];
  const sink = tensorboardSink(join(folder, 'tensorboard'));
  const { crop, randAugment, colourJitter, cutout } = config.data.augment;
  if (!(crop || randAugment || colourJitter || cutout)) return [sink];
  return [startingWith(sink, 'train/augmented', await augmentedImages(config, images))];
}

async function augmentedImages({ data, seed }: RunConfig, images: LabelledDataset): Promise<SinkImage> {
  const { height, width, augment, flip: flipProbability } = data;
  const { sheet } = await contactSheet(images, { ...SHEET, height, width, augment, flipProbability, seed });
  const factor = Math.min(1, LARGEST / Math.max(sheet.height, sheet.width));
  const size = { height: Math.round(sheet.height * factor), width: Math.round(sheet.width * factor) };
  return { ...size, png: await encodePng({ ...size, pixels: resizeBilinear(sheet, size) }) };
}

/** The sink, with a picture at step 0 of a run that begins; one that goes on has it already. */
export function startingWith(sink: MetricsSink, name: string, image: SinkImage): MetricsSink {
  return {
    ...sink,
    start(step) {
      sink.start(step);
      if (step === 0) sink.image?.(0, name, image);
    },
  };
}
