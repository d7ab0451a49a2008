import { existsSync } from 'node:fs';
import { readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { shellWord } from '@polytag/core';
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
import { keepNamedFiles, withMovedFiles } from './named-files.js';

/** Keys of a config that may differ when a run is resumed: they change where and how fast it goes, and no number in it. */
export const CONFIG_MAY_DIFFER_ON_RESUME: readonly string[] = [
  'data.root',
  'native',
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

/**
 * Keys of which a search for the learning rate does not depend either: it trains the main model alone, with the base
 * optimiser at rates of its own (docs/method.md#tpe).
 */
const SEARCH_MAY_DIFFER: readonly string[] = [
  ...CONFIG_MAY_DIFFER_ON_RESUME,
  'mutual',
  'training.machines',
  ...[
    ...['learningRate', 'epochs', 'sam', 'noBiasDecay', 'schedule', 'warmUp', 'ema'],
    ...['earlyStopping', 'evaluateEvery'],
  ].map((key) => `training.${key}`),
];

/** Where a run folder, and that of a search, keeps the config that made it, with every default and `--set` in it. */
const configFileIn = (folder: string): string => join(folder, 'config.yaml');

export async function writeRunConfig(folder: string, config: RunConfig): Promise<void> {
  await keepNamedFiles(folder, config);
  await writeFileAtomically(configFileIn(folder), configText(config));
}

/** Keeps what stands in a new run's folder in the place of its config, as one that a person wrote, as `config.before.yaml`. */
export async function keepFormerConfig(folder: string, config: RunConfig): Promise<void> {
  const file = configFileIn(folder);
  const there = await stat(file).catch(() => undefined);
  if (!there?.isFile() || (await readFile(file, 'utf8')) === configText(config)) return;
  await rename(file, join(folder, 'config.before.yaml'));
}

/**
 * The config as the run in a folder takes it: with the number that `training.replicas: auto` stands for, and, where the
 * run goes on, with the learning rate that its search has found.
 *
 * @throws UsageError `usage/resume-differs` when the run that goes on, or the search, was started with another config
 */
export async function configFor({ path, plan }: RunFolder, given: RunConfig): Promise<RunConfig> {
  const config = settled(given, plan);
  if (plan.kind === 'continue') await assertSameConfig(path, config);
  if (plan.kind === 'search' && plan.search.found)
    await assertSameConfig(plan.search.path, config, SEARCH_MAY_DIFFER);
  return config;
}

/**
 * Makes sure that a folder goes on with the config that it keeps. Where it keeps none, `fit` and `findLearningRate` still
 * compare what they know: settings, labels, seed, numbers of images.
 *
 * @throws UsageError `usage/resume-differs`
 */
export async function assertSameConfig(
  folder: string,
  config: RunConfig,
  mayDiffer: readonly string[] = CONFIG_MAY_DIFFER_ON_RESUME,
): Promise<void> {
  const file = configFileIn(folder);
  if (!existsSync(file)) return;
  const now: unknown = JSON.parse(JSON.stringify(config));
  const before = await withMovedFiles(folder, await readConfigFile(file), now);
  assertSameIdentity(folder, before, now, {
    what: 'another config',
    mayDiffer,
    hint: `Resume with --config ${shellWord(file)}, or start a new run in another folder.`,
  });
}

/** The config with the numbers that a run takes: what it was started with, so that another machine gives its numbers. */
export function settled(config: RunConfig, plan: ResumePlan): RunConfig {
  const { batchSize, machines, replicas, learningRate, findLearningRate } = config.training;
  const started = startedSettings(plan);
  // A graphics card is not shared out.
  const wanted = replicas === 'auto' && config.engine === 'webgpu' ? 1 : replicas;
  return {
    ...config,
    training: {
      ...config.training,
      replicas:
        wanted === 'auto' && started
          ? started.replicas
          : replicaCount(wanted, machines ? batchSize / machines.shares : batchSize),
      learningRate: findLearningRate && started ? started.learningRate : learningRate,
    },
  };
}
