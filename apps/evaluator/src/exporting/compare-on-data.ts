import type { Batch } from '@polytag/core';
import { withSession, type RunOnnx } from '@polytag/export';
import { onnxImages, type OnnxInput, type OnnxRuntime, type OnnxTensor } from '@polytag/onnx-runtime';
import { evaluateScores } from '@polytag/metrics';
import { concatenate } from '@polytag/evaluation';
import type { MultiLabelModel } from '@polytag/model';
import { tensor4d } from '@tensorflow/tfjs-core';
import type { ExportData } from './export-data.js';

/** What a network does on data. */
export interface Measured {
  /** Over the labels that occur. */
  readonly mAP: number;
  /** Of the network alone, without decoding. */
  readonly imagesPerSecond: number;
}

export interface ComparedOnData {
  readonly images: number;
  readonly model: Measured;
  /** In the order of the files. */
  readonly files: readonly Measured[];
}

/**
 * Scores a model and ONNX files of it on the same images, batch by batch in turn, and takes the time of each.
 *
 * @param files which have the output `probabilities`
 * @throws CheckpointError `checkpoint/onnx`; those of the loader
 */
export function compareOnData(
  files: readonly Uint8Array[],
  model: MultiLabelModel,
  { input, runtime }: { readonly input: OnnxInput; readonly runtime: OnnxRuntime },
  { batches, report }: ExportData,
): Promise<ComparedOnData> {
  return withSessions(files, runtime, async (runs) => {
    const native: Network = async (batch) => {
      const [size, height, width] = batch.shape;
      const tensor = tensor4d(batch.inputs, [size, height, width, 3]);
      const result = model.predictBatch(tensor);
      const outputs = await result.data<'float32'>();
      for (const one of [tensor, result]) one.dispose();
      return model.scores(outputs);
    };
    const networks = [native, ...runs.map(probabilitiesOf)].map((network) => ({
      network,
      scores: [] as ArrayLike<number>[],
      seconds: 0,
    }));
    const targets: Float32Array[] = [];
    let images = 0;
    for await (const batch of batches) {
      const given = onnxImages(batch, input, model.preprocessing.normalisation);
      // The first run of each prepares kernels and memory.
      if (images === 0) for (const { network } of networks) await network(batch, given);
      for (const one of networks) {
        const start = performance.now();
        one.scores.push(await one.network(batch, given));
        one.seconds += (performance.now() - start) / 1000;
      }
      targets.push(Float32Array.from(batch.targets));
      report((images += batch.shape[0]));
    }
    const labels = model.labels.names;
    const [own, ...others] = networks.map(({ scores, seconds }): Measured => ({
      mAP: evaluateScores({
        scores: scores.flatMap((row) => Array.from(row)),
        targets: concatenate(targets),
        images,
        labels,
      }).mAPOccurring,
      imagesPerSecond: images / seconds,
    }));
    return { images, model: own, files: others };
  });
}

/** Gives probabilities of a batch, row-major. */
type Network = (batch: Batch, given: OnnxTensor) => Promise<ArrayLike<number>>;

const probabilitiesOf =
  (run: RunOnnx): Network =>
  async (_, given) =>
    (await run(given))['probabilities'];

/** Opens several files at once. */
function withSessions<Result>(
  [first, ...rest]: readonly Uint8Array[],
  runtime: OnnxRuntime,
  use: (runs: readonly RunOnnx[]) => Promise<Result>,
): Promise<Result> {
  if (!first) return use([]);
  return withSession(first, runtime, (run) => withSessions(rest, runtime, (others) => use([run, ...others])));
}
