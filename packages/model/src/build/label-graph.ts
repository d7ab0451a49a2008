import { resolve } from 'node:path';
import { parseNpy } from '@polytag/checkpoints';
import {
  DataError,
  UsageError,
  type LabelGraph,
  type LabelMatrix,
  type LabelVocabulary,
} from '@polytag/core';
import { oneHotWordVectors } from '@polytag/datasets';
import { readFileBytes } from '@polytag/files';
import type { LabelGraphConfig } from '../config/model-config.js';

/** Word vectors of twenty thousand labels have 24 MB, their co-occurrence in float64 has 3.2 GB. */
const MAX_BYTES = 4e9;

export interface LabelGraphSources {
  readonly labels: LabelVocabulary;
  /** Folder of the config file. Default: the working folder. */
  readonly baseFolder?: string;
  /** Counts how often labels occur together in the training images; called only if the config says `train`. */
  readonly countCooccurrence?: () => LabelMatrix | Promise<LabelMatrix>;
}

/**
 * Reads the label graph of a config: matrices in vocabulary order.
 *
 * @throws DataError `data/label-graph` if a file cannot be read or its number of rows is not the number of labels;
 * UsageError `usage/label-graph` if `train` is requested without `countCooccurrence`
 */
export async function readLabelGraph(
  { wordVectors, cooccurrence }: LabelGraphConfig,
  { labels, baseFolder = process.cwd(), countCooccurrence }: LabelGraphSources,
): Promise<LabelGraph> {
  if (cooccurrence === 'train' && !countCooccurrence) {
    throw new UsageError(
      'usage/label-graph',
      'The co-occurrence of labels is to be counted, but there are no training images.',
      {
        hint: "Give a matrix: --set 'model.labelGraph.cooccurrence={npy: FILE}'",
      },
    );
  }
  return {
    wordVectors:
      wordVectors === 'one-hot'
        ? oneHotWordVectors(labels)
        : await matrixFile(wordVectors.npy, 'wordVectors'),
    cooccurrence:
      cooccurrence === 'train'
        ? await countCooccurrence!()
        : await matrixFile(cooccurrence.npy, 'cooccurrence'),
  };

  async function matrixFile(file: string, key: 'wordVectors' | 'cooccurrence'): Promise<LabelMatrix> {
    const path = resolve(baseFolder, file);
    const refuse = (why: string, cause?: unknown) =>
      new DataError('data/label-graph', `labelGraph.${key}: ${path} ${why}`, { cause });
    let bytes: Uint8Array;
    try {
      bytes = await readFileBytes(path, { what: 'matrix', maxBytes: MAX_BYTES });
    } catch (cause) {
      throw refuse(`cannot be read: ${(cause as Error).message}`, cause);
    }
    const { shape, data, dtype } = parseNpy(bytes, { source: path });
    if (shape.length !== 2 || (dtype !== 'F32' && dtype !== 'F64')) {
      throw refuse(`has shape [${shape}] of ${dtype}; a matrix of floats is needed.`);
    }
    const [rows, columns] = shape;
    if (rows !== labels.size || (key === 'cooccurrence' && columns !== rows)) {
      const needed = key === 'cooccurrence' ? `${labels.size} x ${labels.size}` : `${labels.size} rows`;
      throw refuse(`is ${rows} x ${columns}; ${needed} are needed, one a label in sorted order.`);
    }
    return { rows, columns, values: Float32Array.from(data as Float32Array | Float64Array) };
  }
}
