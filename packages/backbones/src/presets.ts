import { efficientNetV2Presets } from './efficientnet-v2/presets.js';
import { mobileNetV3Presets } from './mobilenet-v3/presets.js';
import type { PublishedWeights } from './published-weights.js';
import { tresNetPresets } from './tresnet/presets.js';
import { vitPresets } from './vit/presets.js';

export type { PublishedWeights } from './published-weights.js';

/**
 * Published weights that the built-in backbones can start from. Of several of one name for one backbone, the first is
 * taken unless the config says another layout or width.
 *
 * Addresses, checksums and licences are as the sources state them; what is not stated is left out.
 */
export const publishedWeights: readonly PublishedWeights[] = [
  ...mobileNetV3Presets,
  ...efficientNetV2Presets,
  ...tresNetPresets,
  ...vitPresets,
];
