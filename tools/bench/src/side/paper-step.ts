import type { Tensor2D } from '@tensorflow/tfjs-core';
import { LabelVocabulary, RandomStream, type LabelGraph, type Loss } from '@polytag/core';
import { engineMemory, peakHeapBytes, useEngine } from '@polytag/engine';
import { forward } from '@polytag/layers';
import { builtInParts, buildModel, resolvePart } from '@polytag/model';
import { parameterGroups, sgd, trainableModel, trainStep } from '@polytag/training';
import { median } from '../median.js';
import { randomBatch } from './random-batch.js';

/** A training step as the paper's: any built-in backbone and head, cosines, AAM, SGD with momentum. */
export interface PaperStep {
  readonly model: string;
  readonly head: string;
  /** Side of an image, pixels. */
  readonly size: number;
  readonly batch: number;
  readonly labels: number;
  /** Steps that count; one before them does not. */
  readonly steps: number;
}

export interface PaperStepResult {
  /** Median milliseconds of a step. */
  readonly step: number;
  /** Bytes that a step has in use at most, beside weights, optimiser and images. */
  readonly peakBytes: number;
  /** Weights and statistics of the model, bytes. */
  readonly modelBytes: number;
  /** Size of the wasm heap after it; it grows by leaps and never shrinks. */
  readonly heapBytes: number;
}

const WORD_DIMENSION = 300;

/** Names of built-in backbones or heads. */
export const namesOf = (kind: 'backbone' | 'head'): string[] =>
  builtInParts.filter((part) => part.kind === kind && !part.file).map(({ name }) => name);

export async function measurePaperStep(work: PaperStep): Promise<PaperStepResult> {
  const { size, labels } = work;
  await useEngine('wasm');
  const model = await buildModel(
    { backbone: { name: work.model }, head: { name: work.head, options: { space: 'cosines' } } },
    {
      labels: new LabelVocabulary(Array.from({ length: labels }, (_, k) => k)),
      labelGraph: randomGraph(labels),
      height: size,
      width: size,
    },
  );
  const modelBytes = 4 * model.parameters.reduce((sum, { variable }) => sum + variable.read().size, 0);
  const optimiser = sgd().bind(parameterGroups(model.parameters, { weightDecay: 0 }));
  const { part: loss } = await resolvePart('loss', { name: 'aam-asl' });
  const images = randomBatch(work);
  const learning = trainableModel({
    forward: (inputs, call) => forward(model.network, inputs, call) as Tensor2D,
    scale: model.scale,
    optimiser,
  });
  const take = (step: number) =>
    trainStep([learning], images, { loss: loss as Loss, reduction: 'sum', learningRate: 1e-4, step });
  await take(0);
  const times: number[] = [];
  for (let step = 1; step <= work.steps; step++) {
    const start = performance.now();
    await take(step);
    times.push(performance.now() - start);
  }
  const imageBytes = images.inputs.byteLength + images.targets.byteLength;
  const peakBytes = (await peakHeapBytes(() => take(work.steps + 1))) - imageBytes;
  const { heapBytes } = engineMemory();
  return { step: median(times), peakBytes, modelBytes, heapBytes };
}

/** No label knows another: what the graph holds does not change the work. */
function randomGraph(labels: number): LabelGraph {
  const random = new RandomStream(0, 'bench/graph');
  const values = (count: number, draw: () => number) => Float32Array.from({ length: count }, draw);
  return {
    cooccurrence: { rows: labels, columns: labels, values: values(labels ** 2, () => random.uniform() / 2) },
    wordVectors: {
      rows: labels,
      columns: WORD_DIMENSION,
      values: values(labels * WORD_DIMENSION, () => random.normal()),
    },
  };
}
