import { UsageError } from '@polytag/core';
import { engineInUse, engineName } from '@polytag/engine';
import type { ResolvedSettings } from '../fit/resolve-settings.js';
import { modelsOf, type ModelsOptions } from '../fit/trainable-models.js';
import type { ReplicaModule } from './replica-module.js';
import { Replicas } from './replicas.js';

/**
 * The threads that a run asks for; undefined for one replica, which is this thread.
 *
 * @throws UsageError `usage/replica-engine`; what a thread throws that cannot build its models
 */
export async function startReplicas(
  options: ModelsOptions & { readonly replica?: ReplicaModule },
  { replicas: count, reduction, microBatch }: Pick<ResolvedSettings, 'replicas' | 'reduction' | 'microBatch'>,
): Promise<Replicas | undefined> {
  if (count === 1) return undefined;
  if (engineName() === 'webgpu') {
    throw new UsageError(
      'usage/replica-engine',
      `training.replicas is ${count}, but the engine is webgpu: replicas use CPU cores.`,
      { hint: 'Set training.replicas to 1: --set training.replicas=1' },
    );
  }
  return Replicas.start({
    count,
    models: modelsOf(options),
    source: options.replica!,
    engine: engineInUse(),
    reduction,
    microBatch,
    kind: options.train.kind,
  });
}
