import { Progress, type Streams } from '@polytag/cli';
import { UsageError, type OutputSpace } from '@polytag/core';
import { openLoader, readLabelFile, type LabelledDataset } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { builtInParts, type MultiLabelModel } from '@polytag/model';
import { Command } from 'commander';
import { formatsAgree, type ImageBatch } from '../agreement/formats-agree.js';
import { tellMachine } from '../machine.js';
import { installedRuntimes } from '../onnx/installed-runtimes.js';
import { writeResults } from '../results-file.js';

interface AgreementOptions {
  readonly data: string;
  readonly backbones?: readonly string[];
  readonly heads?: readonly string[];
  readonly json?: string;
}

/** Batches and sizes that are compared: images, height, width. Every built-in network takes them: patches are 14 pixels wide. */
const SHAPES = [
  [1, 84, 112],
  [3, 84, 112],
  [3, 112, 84],
] as const;
const SPACES: readonly OutputSpace[] = ['logits', 'cosines'];

export function agreementCommand(streams: Streams): Command {
  const named = (kind: string) =>
    builtInParts.filter((part) => part.kind === kind && !part.file).map(({ name }) => name);
  return new Command('agreement')
    .description(
      'how far safetensors, ONNX and tfjs exports are from the model: every built-in backbone and head, full size, random weights',
    )
    .requiredOption('--data <file>', 'label file; its first three images are taken')
    .option('--backbones <names...>', 'only these (default: all)')
    .option('--heads <names...>', 'only these (default: all)')
    .option('--json <file>', 'also write the results as JSON')
    .action(
      async ({ data, backbones = named('backbone'), heads = named('head'), json }: AgreementOptions) => {
        const where = await tellMachine(streams);
        await useEngine('wasm');
        const runtimes = await installedRuntimes();
        const told = runtimes.map(({ name, version }) => `${name} ${version}`).join(', ');
        const dataset = await readLabelFile(data);
        const cases = backbones.flatMap((backbone) =>
          heads.flatMap((head) => SPACES.map((space) => ({ backbone, head, space }))),
        );
        const progress = new Progress(streams.err);
        const results: Record<string, unknown>[] = [];
        streams.out.write(`largest difference as a share of the largest output; ${told}\n`);
        for (const one of cases) {
          progress.update({ label: 'networks', done: cases.indexOf(one), total: cases.length });
          const images = (model: MultiLabelModel) => batchesOf(dataset, model);
          const found = await formatsAgree(one, dataset.labels, images, runtimes).catch(unlessNoPair);
          if (!found) continue;
          results.push({ ...one, ...found });
          const { onnx, onnxBatches, ...formats } = found;
          const figures = Object.entries({ ...formats, ...onnx }).map(
            ([format, difference]) => `${format} ${difference.toExponential(1)}`,
          );
          streams.out.write(
            `${one.backbone} ${one.head} ${one.space}: ${figures.join(', ')}; ONNX on ${onnxBatches} of ${SHAPES.length} batches\n`,
          );
        }
        await writeResults(json, { results, runtimes: told, machine: where });
      },
    );
}

/** A head that reads a class token has none to read in a convolutional network. */
function unlessNoPair(error: unknown): undefined {
  if (!(error instanceof UsageError) || error.code !== 'usage/no-class-token') throw error;
}

/** The first images of a data set, at each of the shapes. */
async function batchesOf(dataset: LabelledDataset, model: MultiLabelModel): Promise<ImageBatch[]> {
  const batches: ImageBatch[] = [];
  for (const [count, height, width] of SHAPES) {
    const source = openLoader(
      { ...dataset, images: dataset.images.slice(0, count) },
      {
        preprocessing: { ...model.preprocessing, height, width },
        batchSize: count,
        workers: 0,
        cacheBytes: 0,
      },
    );
    for await (const { inputs } of source.epoch(0))
      batches.push({ inputs, shape: [count, height, width, 3] });
    await source.close();
  }
  return batches;
}
