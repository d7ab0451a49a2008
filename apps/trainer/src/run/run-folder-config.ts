import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { configText, readConfigFile } from '@polytag/cli';
import { printable, UsageError } from '@polytag/core';
import { replicaCount, runExists } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';

/** Where a run folder keeps the config that made it, with every default and `--set` in it. */
export const runConfigFile = (folder: string): string => join(folder, 'config.yaml');

/** Writes it aside and renames it: a process that dies leaves the old file or the new one. */
export function writeRunConfig(folder: string, config: RunConfig): void {
  writeAside(folder, 'config.yaml', configText(config));
}

/** Writes a file of a run folder aside and renames it: a process that dies leaves the old file or the new one. */
export function writeAside(folder: string, name: string, text: string): void {
  const aside = join(folder, `.${name}.tmp`);
  try {
    writeFileSync(aside, text);
    renameSync(aside, join(folder, name));
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** Keys that change where and how fast a run goes, but no number in it. */
const NEUTRAL = new Set([
  'data.root',
  // A resumed run goes without the images that it was started without.
  ...['data.badImages', 'data.maxBadImages', 'data.maxPixels'],
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
 * @throws UsageError `usage/run-exists`; `usage/foreign-folder` when the folder is something else; `usage/resume-differs` with the keys, as path: old → new
 */
export async function checkRunFolder(folder: string, config: RunConfig, resume: boolean): Promise<void> {
  if (!resume) {
    if (!(await runExists(folder))) return refuseForeign(folder);
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

/** What a run that died before its first checkpoint may have left. */
const OF_A_RUN =
  /^(config\.yaml|run\.lock.*|metrics\.jsonl|tensorboard|checkpoints|lr-search|features|\..*)$/;
/** What people put into a run folder before it runs: its log, its config, a note. */
const NOTES = /\.(log|txt|md|out|err|ya?ml)$|^(README|NOTES)$/i;

/** A run must not mix with a model folder, a data set or anything else that a mistyped path leads to. */
async function refuseForeign(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const isModel = names.includes('manifest.json') || names.includes('model.safetensors');
  const other = names.find((name) => !OF_A_RUN.test(name) && !NOTES.test(name));
  if (!isModel && other === undefined) return;
  throw new UsageError(
    'usage/foreign-folder',
    isModel
      ? `${printable(folder, 1000)} is a model folder, not one for a run.`
      : `${printable(folder, 1000)} holds other files, e.g. ${printable(other!)}: it is no run folder.`,
    { hint: 'Name a new folder with --out, e.g. runs/first.' },
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
