import { agreeWithPublished, findPublished } from '@polytag/model';
import type { ModelSection, RunConfig } from './run-config.js';
import { normalisationOf } from './normalisation.js';

/** Whether weights are named, not given by path or address. */
export const isWord = (weights: string): boolean => /^[\w-]+$/.test(weights);

/**
 * The config with what its published weights were trained with: layout, padding, epsilon, pixel normalisation, and the
 * head of a whole model.
 *
 * @throws UsageError `usage/unknown-weights`, `usage/weights-differ`
 */
export function withPublishedOptions(config: RunConfig, source: string): RunConfig {
  const settle = <Section extends ModelSection>(section: Section, path: string): Section => {
    const { weights, backbone, head, expectWeights } = section;
    if (weights === undefined || !isWord(weights)) return section;
    const place = { source, path };
    const row = findPublished(backbone, weights, place);
    const use = {
      ...{ backbone, head },
      whole: expectWeights === 'all',
      normalisation: normalisationOf(config.data.normalisation),
    };
    return { ...section, ...agreeWithPublished(use, row, place) };
  };
  const models = config.mutual.models.map((section, i) => settle(section, `mutual.models.${i}`));
  return { ...config, model: settle(config.model, 'model'), mutual: { ...config.mutual, models } };
}
