import type { Safetensors, TensorToStore } from '@polytag/checkpoints';
import { CheckpointError, type LabelGraph, type LabelMatrix } from '@polytag/core';
import { DAMAGED } from './model-files.js';

/** The tensors of `label_graph.safetensors`. */
export function labelGraphTensors({ cooccurrence, wordVectors }: LabelGraph): Record<string, TensorToStore> {
  const stored = ({ rows, columns, values }: LabelMatrix) => ({ shape: [rows, columns], data: values });
  return { cooccurrence: stored(cooccurrence), word_vectors: stored(wordVectors) };
}

/**
 * Reads the label graph from `label_graph.safetensors`.
 *
 * @param labels number of labels of the model
 * @param source name of the file in errors
 * @throws CheckpointError `checkpoint/config` unless both matrices are there, with one row per label; `checkpoint/values`
 */
export function labelGraphOf({ tensors }: Safetensors, labels: number, source: string): LabelGraph {
  const matrix = (key: string, columns?: number): LabelMatrix => {
    const found = tensors.get(key);
    if (!found || found.dtype !== 'F32' || found.shape.length !== 2) {
      throw new CheckpointError('checkpoint/config', `${source} has no float matrix "${key}".`, {
        hint: DAMAGED,
      });
    }
    if (found.shape[0] !== labels || (columns !== undefined && found.shape[1] !== columns)) {
      throw new CheckpointError(
        'checkpoint/config',
        `${source}: "${key}" has shape [${found.shape}]; expected [${labels}, ${columns ?? 'any'}] for ${labels} labels.`,
        { hint: 'config.json and the label graph belong to different models.' },
      );
    }
    const values = found.data as Float32Array;
    if (!values.every(Number.isFinite))
      throw new CheckpointError('checkpoint/values', `${source}: "${key}" contains NaN or infinity.`, {
        hint: DAMAGED,
      });
    return { rows: found.shape[0], columns: found.shape[1], values };
  };
  return { cooccurrence: matrix('cooccurrence', labels), wordVectors: matrix('word_vectors') };
}
