import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { duration, Progress, wholeNumber, type Streams } from '@polytag/cli';
import { IMAGENET, LabelVocabulary } from '@polytag/core';
import { openLoader, readLabelFile, type LabelledDataset } from '@polytag/datasets';
import { writeScenes } from '@polytag/datasets/scenes';
import { withFolderAside } from '../folder-aside.js';
import { Command } from 'commander';
import { tellMachine } from '../machine.js';
import { median } from '../median.js';
import { writeResults } from '../results-file.js';

interface DecodeOptions {
  readonly data?: string;
  readonly size: number;
  readonly batch: number;
  readonly workers: number;
  readonly epochs: number;
  readonly augment?: boolean;
  readonly json?: string;
}

const IMAGE_FILE = new Set(['.jpg', '.jpeg', '.png', '.webp']);
/** The paper's (docs/method.md#augmentation). */
const AUGMENTATION = { flipProbability: 0.5, augment: { randAugment: true, cutout: true } } as const;
/** Built-in scenes that are drawn when no data are given. */
const SCENES = { train: 256, validation: 1, size: 320 };

export function decodeCommand(streams: Streams): Command {
  return new Command('decode')
    .description('images a second that the loader reads, decodes, resizes, augments and normalises')
    .option('--data <path>', 'label file, or folder of images; default: built-in scenes, drawn aside')
    .option('--size <pixels>', 'side that images are resized to', wholeNumber, 224)
    .option('--batch <images>', 'images a batch', wholeNumber, 16)
    .option('--workers <n>', 'threads that decode', wholeNumber, availableParallelism())
    .option('--epochs <n>', 'passes that count; one before them does not', wholeNumber, 3)
    .option('--augment', 'with RandAugment, Cutout and mirror images, as in the paper')
    .option('--json <file>', 'also write the results as JSON')
    .action(async ({ data, size, batch, workers, epochs, augment = false, json }: DecodeOptions) => {
      const where = await tellMachine(streams);
      await withFolderAside(async (folder) => {
        const dataset = data === undefined ? await drawn(folder, streams) : await readImages(data);
        const loader = openLoader(dataset, {
          preprocessing: { height: size, width: size, normalisation: IMAGENET },
          batchSize: batch,
          workers,
          cacheBytes: 0,
          ...(augment && { shuffle: { seed: 5 }, ...AUGMENTATION }),
        });
        const rates: number[] = [];
        try {
          for (let epoch = 0; epoch <= epochs; epoch++) {
            const start = performance.now();
            let images = 0;
            for await (const one of loader.epoch(epoch)) images += one.shape[0];
            const seconds = (performance.now() - start) / 1000;
            if (epoch > 0) rates.push(images / seconds);
            const left = duration(seconds * (epochs - epoch));
            streams.err.write(`pass ${epoch}/${epochs}: ${images} images, about ${left} left\n`);
          }
        } finally {
          await loader.close();
        }
        const imagesPerSecond = median(rates);
        streams.out.write(
          `decode ${dataset.source}: ${dataset.images.length} images to ${size} px, ${augment ? 'augmented' : 'as they are'}, ${loader.workers} threads: ${imagesPerSecond.toFixed(1)} images/s\n`,
        );
        await writeResults(json, { imagesPerSecond, rates, size, batch, workers, augment, machine: where });
      });
    });
}

async function drawn(folder: string, streams: Streams): Promise<LabelledDataset> {
  const progress = new Progress(streams.err);
  const { train } = await writeScenes({
    folder,
    ...SCENES,
    onProgress: (done, total) => progress.update({ label: 'drawing scenes', done, total }),
  });
  return { ...(await readLabelFile(train)), source: 'built-in scenes' };
}

/** A label file's images, or those of a folder, which then have no labels. */
async function readImages(path: string): Promise<LabelledDataset> {
  if (!(await stat(path)).isDirectory()) return readLabelFile(path);
  const names = (await readdir(path)).filter((name) => IMAGE_FILE.has(extname(name).toLowerCase())).sort();
  return {
    source: path,
    labels: new LabelVocabulary(['image']),
    images: names.map((name) => ({ name, path: join(path, name), labels: [] })),
    unknownLabels: new Map(),
  };
}
