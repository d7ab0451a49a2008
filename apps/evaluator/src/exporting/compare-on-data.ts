import { onnxImages, withSession, type OnnxInput } from '@polytag/export';
import type { OnnxRuntime } from '@polytag/onnx-runtime';
import { evaluateScores } from '@polytag/metrics';
import { concatenate } from '@polytag/evaluation';
import type { MultiLabelModel } from '@polytag/model';
import { tensor4d } from '@tensorflow/tfjs-core';
import type { ExportData } from './export-data.js';

/** What a network does on data. */
export interface Measured {
  readonly mAP: number;
  /** Of the network alone, without decoding. */
  readonly imagesPerSecond: number;
}

export interface ComparedOnData {
  readonly images: number;
  readonly model: Measured;
  readonly onnx: Measured;
}

/**
 * Scores a model and its ONNX file on the same images, batch by batch in turn, and takes the time of each.
 *
 * @param bytes of the file, whose first output is `probabilities`
 * @throws CheckpointError `checkpoint/onnx`; those of the loader
 */
export function compareOnData(
  bytes: Uint8Array,
  model: MultiLabelModel,
  { input, runtime }: { readonly input: OnnxInput; readonly runtime: OnnxRuntime },
  { batches, report }: ExportData,
): Promise<ComparedOnData> {
  return withSession(bytes, runtime, async (run) => {
    const outputs: Float32Array[] = [];
    const probabilities: Float32Array[] = [];
    const targets: Float32Array[] = [];
    const seconds = { model: 0, onnx: 0 };
    let images = 0;
    for await (const batch of batches) {
      const [size, height, width] = batch.shape;
      const given = onnxImages(batch, input, model.preprocessing.normalisation);
      const onnx = async () => (await run(given))['probabilities'];
      const native = async () => {
        const tensor = tensor4d(batch.inputs, [size, height, width, 3]);
        const result = model.predictBatch(tensor);
        const values = Float32Array.from(await result.data<'float32'>());
        for (const one of [tensor, result]) one.dispose();
        return values;
      };
      // The first run of each prepares kernels and memory.
      if (images === 0) await Promise.all([onnx(), native()]);
      let start = performance.now();
      outputs.push(await native());
      seconds.model += (performance.now() - start) / 1000;
      start = performance.now();
      probabilities.push(await onnx());
      seconds.onnx += (performance.now() - start) / 1000;
      targets.push(Float32Array.from(batch.targets));
      report((images += size));
    }
    const labels = model.labels.names;
    const measured = (scores: ArrayLike<number>, took: number): Measured => ({
      mAP: evaluateScores({ scores, targets: concatenate(targets), images, labels }).mAP,
      imagesPerSecond: images / took,
    });
    return {
      images,
      model: measured(model.scores(concatenate(outputs)), seconds.model),
      onnx: measured(concatenate(probabilities), seconds.onnx),
    };
  });
}
