import { findPublished } from '@polytag/model/config';
import { knownWeightsOf } from './known-weights.js';
import { normalisationOf } from './preprocessing.js';
import { isWord, type ModelSection, type RunConfig } from './run-config.js';

/**
 * The config with what its weights were trained with: of published ones, layout, padding, epsilon, pixel normalisation, and
 * the head of a whole model; of a file or an address that is known, all but the head. Of these the config may say otherwise.
 *
 * @throws UsageError `usage/unknown-weights`, `usage/weights-differ`
 */
export async function withPublishedOptions(config: RunConfig, source: string): Promise<RunConfig> {
  const normalisation = normalisationOf(config.data.normalisation);
  const settle = async <Section extends ModelSection>(section: Section, path: string): Promise<Section> => {
    const { weights, backbone, head, expectWeights } = section;
    if (weights === undefined) return section;
    if (!isWord(weights)) {
      const known = await knownWeightsOf(weights);
      if (!known) return section;
      const { fillFromKnown } = await import('@polytag/model');
      return { ...section, backbone: fillFromKnown(backbone, known, normalisation).backbone };
    }
    const place = { source, path };
    const row = findPublished(backbone, weights, place);
    const use = { backbone, head, whole: expectWeights === 'all', normalisation };
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
