import { existsSync } from 'node:fs';
import type { LabelGraph, LabelMatrix } from '@polytag/core';
import { readLabelGraph, type LabelGraphConfig } from '@polytag/model';
import type { RunConfig } from '../config/run-config.js';
import type { LabelKnowledge } from '../run/build-models.js';
import { isRemote, localWeights } from '../run/initial-weights.js';
import type { DataFacts } from './image-counts.js';

/** Dimensions of the published word vectors (docs/method.md#word-vectors). */
const WORD_DIMENSIONS = 300;

/**
 * The config without weights that are not on this machine: its models begin from random weights, which train as fast.
 * Nothing is fetched.
 *
 * @param options.madeUpLabels the labels stand for others: weights are not held to their names
 * @returns what was left out, too
 */
export function withoutAbsentWeights(
  config: RunConfig,
  {
    source = 'config',
    madeUpLabels = false,
  }: { readonly source?: string; readonly madeUpLabels?: boolean } = {},
): {
  readonly config: RunConfig;
  readonly absent: readonly string[];
} {
  const absent: string[] = [];
  const withPresent = <Section extends RunConfig['model']>(section: Section): Section => {
    if (section.weights === undefined) return section;
    if (localWeights(section, source) !== undefined)
      return madeUpLabels ? { ...section, weightsLabels: 'sorted' } : section;
    absent.push(isRemote(section, source) ? `${section.weights} (downloaded by the run)` : section.weights);
    return { ...section, weights: undefined };
  };
  const model = withPresent(config.model);
  const models = config.mutual.models.map(withPresent);
  return { config: { ...config, model, mutual: { ...config.mutual, models } }, absent };
}

/** The config without weights of positives, which need the training set, and cost no time. */
export function withoutPositiveWeight(config: RunConfig): RunConfig {
  const { positiveWeight, ...options } = config.loss.options ?? {};
  return positiveWeight === undefined ? config : { ...config, loss: { ...config.loss, options } };
}

/** Reads label graphs as for a run; a matrix that is not there is stood in for, and told of. */
export function labelKnowledge(
  { labels, countCooccurrence, labelCounts }: Pick<DataFacts, 'labels' | 'countCooccurrence' | 'labelCounts'>,
  absent: (what: string) => void,
): LabelKnowledge {
  const zeros = (columns: number): LabelMatrix => ({
    rows: labels.size,
    columns,
    values: new Float32Array(labels.size * columns),
  });
  const isAbsent = (source: LabelGraphConfig['wordVectors' | 'cooccurrence']) =>
    typeof source === 'object' && !existsSync(source.npy) && source.npy;
  return {
    labels,
    counts: labelCounts,
    async readGraph({ wordVectors, cooccurrence }: LabelGraphConfig): Promise<LabelGraph> {
      const [vectors, counted] = [isAbsent(wordVectors), isAbsent(cooccurrence)];
      if (vectors) absent(vectors);
      if (counted) absent(counted);
      else if (cooccurrence === 'train' && !countCooccurrence) absent('co-occurrence in training images');
      const read = await readLabelGraph(
        {
          wordVectors: vectors ? 'one-hot' : wordVectors,
          cooccurrence: counted ? 'train' : cooccurrence,
        },
        {
          labels,
          countCooccurrence: (!counted && countCooccurrence) || (() => zeros(labels.size)),
        },
      );
      return vectors ? { ...read, wordVectors: zeros(WORD_DIMENSIONS) } : read;
    },
  };
}
