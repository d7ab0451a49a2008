import type { KindRunners } from '../runner.js';
import { augmentKinds } from './augment.js';
import { backboneKinds } from './backbones.js';
import { checkpointKinds } from './checkpoints.js';
import { headKinds } from './heads.js';
import { lossKinds } from './losses.js';
import { metricKinds } from './metrics.js';
import { preprocessKinds } from './preprocess.js';
import { trainingKinds } from './training.js';
import { fillKinds } from './fill.js';

/** Every kind of golden case that the parts built so far must pass. */
export const kinds: KindRunners = {
  ...augmentKinds,
  ...backboneKinds,
  ...checkpointKinds,
  ...fillKinds,
  ...headKinds,
  ...lossKinds,
  ...metricKinds,
  ...preprocessKinds,
  ...trainingKinds,
};
