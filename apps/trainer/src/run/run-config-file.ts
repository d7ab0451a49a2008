import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configText, readConfigFile } from '@polytag/cli';
import { writeFileAtomically } from '@polytag/files';
import {
  assertSameIdentity,
  mayDifferOnResume,
  replicaCount,
  startedSettings,
  type ResumePlan,
  type RunFolder,
} from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';

/** Keys of a config that may differ when a run is resumed: they change where and how fast it goes, and no number in it. */
export const CONFIG_MAY_DIFFER_ON_RESUME: readonly string[] = [
  'data.root',
  // A resumed run goes without the images that it was started without.
  'data.badImages',
  'data.maxBadImages',
  'data.maxPixels',
  'data.workers',
  'data.prefetchBatches',
  'log.tensorboard',
  'training.features.cache',
  ...mayDifferOnResume.map((key) => `training.${key}`),
];

/** Where a run folder keeps the config that made it, with every default and `--set` in it. */
const configFileIn = (folder: string): string => join(folder, 'config.yaml');

export async function writeRunConfig(folder: string, config: RunConfig): Promise<void> {
  await writeFileAtomically(configFileIn(folder), configText(config));
}

/**
 * The config as the run in a folder takes it: with the number that `training.replicas: auto` stands for, and, where the
 * run goes on, with the learning rate that its search has found.
 *
 * @throws UsageError `usage/resume-differs` when the run that goes on was started with another config
 */
export async function configFor({ path, plan }: RunFolder, given: RunConfig): Promise<RunConfig> {
  const config = settled(given, plan);
  // Without the file, `fit` still compares what it knows: settings, labels, seed, numbers of images.
  if (plan.kind === 'continue') await assertSameConfig(path, config);
  return config;
}

/**
 * Makes sure that a folder goes on with the config that it keeps, if it keeps one.
 *
 * @throws UsageError `usage/resume-differs`
 */
export async function assertSameConfig(folder: string, config: RunConfig): Promise<void> {
  const file = configFileIn(folder);
  if (!existsSync(file)) return;
  assertSameIdentity(folder, await readConfigFile(file), JSON.parse(JSON.stringify(config)), {
    what: 'another config',
    mayDiffer: CONFIG_MAY_DIFFER_ON_RESUME,
    hint: `Resume with --config ${file}, or start a new run in another folder.`,
  });
}

/** The config with the numbers that a run takes: what it was started with, so that another machine gives its numbers. */
export function settled(config: RunConfig, plan: ResumePlan): RunConfig {
  const { batchSize, replicas, learningRate, findLearningRate } = config.training;
  const started = startedSettings(plan);
  // A graphics card is not shared out.
  const wanted = replicas === 'auto' && config.engine === 'webgpu' ? 1 : replicas;
  return {
    ...config,
    training: {
      ...config.training,
      replicas: wanted === 'auto' && started ? started.replicas : replicaCount(wanted, batchSize),
      learningRate: findLearningRate && started ? started.learningRate : learningRate,
    },
  };
}
