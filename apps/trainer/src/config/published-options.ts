import { findPublished } from '@polytag/model/config';
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
export async function withPublishedOptions(config: RunConfig, source: string): Promise<RunConfig> {
  const settle = async <Section extends ModelSection>(section: Section, path: string): Promise<Section> => {
    const { weights, backbone, head, expectWeights } = section;
    if (weights === undefined || !isWord(weights)) return section;
    const place = { source, path };
    const row = findPublished(backbone, weights, place);
    const use = {
      backbone,
      head,
      whole: expectWeights === 'all',
      normalisation: normalisationOf(config.data.normalisation),
    };
    // It asks the parts, and with them comes TensorFlow.js: a config that is wrong by itself is refused before.
    const { agreeWithPublished } = await import('@polytag/model');
    return { ...section, ...agreeWithPublished(use, row, place) };
  };
  const model = await settle(config.model, 'model');
  const models: RunConfig['mutual']['models'] = [];
  for (const [i, section] of config.mutual.models.entries())
    models.push(await settle(section, `mutual.models.${i}`));
  return { ...config, model, mutual: { ...config.mutual, models } };
}
