import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configText, readConfigFile } from '@polytag/cli';
import { printable, UsageError } from '@polytag/core';
import { replicaCount, runExists } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';

/** Where a run folder keeps the config that made it, with every default and `--set` in it. */
export const runConfigFile = (folder: string): string => join(folder, 'config.yaml');

/** Writes it aside and renames it: a process that dies leaves the old file or the new one. */
export function writeRunConfig(folder: string, config: RunConfig): void {
  const aside = join(folder, '.config.yaml.tmp');
  try {
    writeFileSync(aside, configText(config));
    renameSync(aside, runConfigFile(folder));
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** Keys that change where and how fast a run goes, but no number in it. */
const NEUTRAL = new Set([
  'data.root',
  'data.workers',
  'data.prefetchBatches',
  'log.tensorboard',
  'training.checkpointEvery',
  'training.features.cache',
  'training.maxHeap',
  'training.keepEvery',
]);

/**
 * The config with the number that `training.replicas: auto` stands for: that of this machine; of a resumed run, what
 * the run was started with, so that another machine gives its numbers.
 */
export async function withReplicaCount(
  config: RunConfig,
  folder: string,
  resume: boolean,
): Promise<RunConfig> {
  const { batchSize } = config.training;
  // A graphics card is not shared out.
  const replicas =
    config.training.replicas === 'auto' && config.engine === 'webgpu' ? 1 : config.training.replicas;
  const started = resume && replicas === 'auto' ? await startedWith(folder) : undefined;
  return {
    ...config,
    training: { ...config.training, replicas: started ?? replicaCount(replicas, batchSize) },
  };
}

async function startedWith(folder: string): Promise<number | undefined> {
  const file = runConfigFile(folder);
  if (!existsSync(file)) return undefined;
  const { training } = (await readConfigFile(file)) as { training?: { replicas?: unknown } };
  return typeof training?.replicas === 'number' ? training.replicas : undefined;
}

/** Differences told in one message; the rest is counted. */
const SHOWN = 5;

/**
 * Makes sure that a run can start in a folder, or go on with this config. It only reads.
 *
 * @throws UsageError `usage/run-exists`; `usage/resume-differs` with the keys, as path: old → new
 */
export async function checkRunFolder(folder: string, config: RunConfig, resume: boolean): Promise<void> {
  if (!resume) {
    if (!(await runExists(folder))) return;
    throw new UsageError('usage/run-exists', `There is a run in ${folder} already.`, {
      hint: 'Continue it with --resume, or choose another folder with --out.',
    });
  }
  const file = runConfigFile(folder);
  // Without it, `fit` still compares what it knows: settings, labels, seed, numbers of images.
  if (!existsSync(file)) return;
  const found = differences(await readConfigFile(file), JSON.parse(JSON.stringify(config)));
  if (found.length === 0) return;
  const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : '';
  throw new UsageError(
    'usage/resume-differs',
    `The run in ${folder} was started with another config: ${found.slice(0, SHOWN).join('; ')}${more}.`,
    { hint: `Resume with --config ${file}, or start a new run in another folder.` },
  );
}

function differences(before: unknown, now: unknown, path = ''): string[] {
  if (NEUTRAL.has(path)) return [];
  if (isTree(before) && isTree(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) => differences(before[key], now[key], path ? `${path}.${key}` : key));
  }
  const [old, current] = [shown(before), shown(now)];
  return old === current ? [] : [`${path || 'the file'}: ${old} → ${current}`];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const shown = (value: unknown): string => printable(JSON.stringify(value) ?? 'nothing');
