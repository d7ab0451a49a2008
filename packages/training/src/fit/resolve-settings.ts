import { UsageError } from '@polytag/core';
import type { ReplicaModule } from '../replicas/replica-module.js';
import type { RunIdentity } from '../run-folder/identity.js';
import type { ResumePlan } from '../run-folder/run-folder.js';
import type { TrainingSettings } from '../settings/training-settings.js';
import type { TrainableModel } from '../step/trainable-model.js';
import type { RunOptions } from './fit-options.js';
import { microBatchFor, settingsOfModels, type ModelsOptions } from './trainable-models.js';

/** Settings in which `auto` has become a number. */
export type ResolvedSettings = TrainingSettings & { readonly replicas: number; readonly microBatch: number };

/** The settings with which a run to resume was started; undefined for a new run. */
export const startedSettings = (plan: ResumePlan): ResolvedSettings | undefined =>
  plan.kind === 'continue' ? (plan.checkpoint.identity['training'] as ResolvedSettings) : undefined;

/** @throws UsageError `usage/replica-module` when nothing says how another thread builds the model */
export function checkReplicas(
  { replica }: { readonly replica?: ReplicaModule },
  { replicas }: TrainingSettings,
): void {
  if (replica || replicas === 'auto' || replicas === 1) return;
  throw new UsageError(
    'usage/replica-module',
    `training.replicas is ${replicas}, but fit has no \`replica\` module to build the model on other threads.`,
    { hint: 'Pass a `replica` module to fit, or use one replica: --set training.replicas=1' },
  );
}

interface ResolveOptions {
  /** How the run starts. */
  readonly plan?: ResumePlan;
  /** The replicas that `auto` stands for with such batches. Default: 1, where no thread can be started. */
  readonly countReplicas?: (batchSize: number) => number;
}

/**
 * Makes numbers of `auto`: for a run that goes on, those it was started with; replicas without a way to build them
 * are 1.
 *
 * @throws EngineError as `largestMicroBatch`
 */
export async function resolveSettings(
  options: ModelsOptions & { readonly replica?: ReplicaModule },
  given: TrainingSettings,
  models: readonly TrainableModel[],
  { plan, countReplicas = () => 1 }: ResolveOptions = {},
): Promise<ResolvedSettings> {
  const { train, replica } = options;
  const started = plan && startedSettings(plan);
  const batchSize = Math.round(train.size / train.batchesPerEpoch);
  const most = replica ? (started?.replicas ?? countReplicas(batchSize)) : 1;
  const replicas = given.replicas === 'auto' ? most : given.replicas;
  const share = Math.ceil(batchSize / (given.machines ? given.machines.shares : 1) / replicas);
  const microBatch =
    given.microBatch === 'auto'
      ? (started?.microBatch ?? (await microBatchFor(options, models, { share, settings: given })))
      : given.microBatch;
  return { ...given, replicas, microBatch };
}

/** What a run must be resumed with; of `training`, `mayDifferOnResume` names what may differ. */
export function runIdentity(options: RunOptions, settings: ResolvedSettings): RunIdentity {
  const { model, auxiliary = [], loss, train, seed } = options;
  const [, ...own] = settingsOfModels(options, settings);
  return {
    training: settings,
    seed,
    loss: loss.name,
    scale: model.scale,
    labels: model.labels.names,
    images: train.size,
    batchesPerEpoch: train.batchesPerEpoch,
    ...(train.kind === 'feature-maps' && { content: train.kind }),
    ...(auxiliary.length > 0 && {
      auxiliary: auxiliary.map((one, i) => ({ training: own[i], scale: one.model.scale })),
    }),
  };
}
