import type { KindRunners } from '../runner.js';
import { augmentKinds } from './augment.js';
import { backboneKinds } from './backbones.js';
import { checkpointKinds } from './checkpoints.js';
import { fillKinds } from './fill.js';
import { headKinds } from './heads.js';
import { labelIssueKinds } from './label-issues.js';
import { lossKinds } from './losses.js';
import { metricsUnknownKinds } from './metrics-unknown.js';
import { metricKinds } from './metrics.js';
import { optimisationKinds } from './optimisation.js';
import { preprocessKinds } from './preprocess.js';
import { splitKinds } from './splits.js';
import { strategyKinds } from './strategy.js';
import { vitKinds } from './vit.js';

/** Every kind of golden case that the parts built so far must pass. */
export const kinds: KindRunners = {
  ...augmentKinds,
  ...backboneKinds,
  ...checkpointKinds,
  ...fillKinds,
  ...headKinds,
  ...labelIssueKinds,
  ...lossKinds,
  ...metricKinds,
  ...metricsUnknownKinds,
  ...optimisationKinds,
  ...preprocessKinds,
  ...splitKinds,
  ...strategyKinds,
  ...vitKinds,
};
