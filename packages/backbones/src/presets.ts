import { efficientNetV2Presets } from './efficientnet-v2/presets.js';
import { mobileNetV3Presets } from './mobilenet-v3/presets.js';
import type { PublishedWeights } from './published-weights.js';
import { tresNetPresets } from './tresnet/presets.js';
import { vitPresets } from './vit/presets.js';

export type { PublishedWeights } from './published-weights.js';

/**
 * Published weights for the built-in backbones. If a backbone has several of one name, the first is used unless the
 * config gives another layout or width.
 *
 * URLs, checksums and licences are as stated by the sources; others are left out.
 */
export const publishedWeights: readonly PublishedWeights[] = [
  ...mobileNetV3Presets,
  ...efficientNetV2Presets,
  ...tresNetPresets,
  ...vitPresets,
];
