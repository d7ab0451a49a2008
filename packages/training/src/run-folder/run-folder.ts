import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { locateFolder, recoverFolders } from '@polytag/checkpoints';
import { counted, UsageError } from '@polytag/core';
import { lastCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint.js';
import { MetricsLog } from './metrics-log.js';
import { assertOwnFolder } from './own-folder.js';
import { lockRun } from './run-lock.js';
import { readSearch, type SearchRecord } from './search-record.js';

/** How a run starts. `openRunFolder` decides it once. */
export type ResumePlan =
  /** From the initial weights: nothing was saved. */
  | { readonly kind: 'fresh' }
  /** With a search for the learning rate, then as `fresh`. */
  | { readonly kind: 'search'; readonly search: SearchFolder }
  /** From the latest checkpoint. */
  | { readonly kind: 'continue'; readonly checkpoint: Checkpoint };

/** Where a search for the learning rate keeps what it finds, and what it has found so far. */
export interface SearchFolder {
  readonly path: string;
  /** Absent when the search starts. */
  readonly found?: SearchRecord;
}

/** A run folder that only this process writes until it is closed. */
export interface RunFolder {
  readonly path: string;
  readonly plan: ResumePlan;
  /** Releases the lock. */
  close(): Promise<void>;
}

export interface OpenRunFolderOptions {
  /**
   * Go on with the run in the folder. One that died before its first checkpoint starts again. `if-begun`: go on where
   * there is something to go on with, else start. Default false: a folder with a run is refused.
   */
  readonly resume?: boolean | 'if-begun';
  /**
   * The run needs a search for its learning rate, which is kept in `lr-search/`; or the folder is for a search alone
   * (`only`). Default false.
   */
  readonly search?: boolean | 'only';
}

/**
 * Locks a run folder and decides how its run starts.
 *
 * @throws UsageError `usage/run-exists` or `usage/search-exists` if there is one and `resume` is false;
 * `usage/no-checkpoint` if there is nothing to resume, `usage/no-best` if its best weights are missing;
 * `usage/run-locked`; `usage/foreign-folder` if the folder holds something else
 * @throws CheckpointError if the checkpoint or the record of the search is damaged
 */
export async function openRunFolder(path: string, options: OpenRunFolderOptions = {}): Promise<RunFolder> {
  await assertRunFolder(path, options);
  const close = await lockRun(path);
  try {
    return { path, plan: await planFor(path, options), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens a run folder for a job and closes it afterwards. A folder that the caller opened stays open. */
export async function withRunFolder<Result>(
  folder: string | RunFolder,
  options: OpenRunFolderOptions,
  job: (folder: RunFolder) => Promise<Result>,
): Promise<Result> {
  if (typeof folder !== 'string') return job(folder);
  const opened = await openRunFolder(folder, options);
  try {
    return await job(opened);
  } finally {
    await opened.close();
  }
}

/** Where a run folder keeps the model with the best weights. */
export const bestFolder = (folder: string): string => join(folder, 'best');

/** Folder in the run folder with the results of shares, for a run in rounds on this machine. */
export const ROUNDS_FOLDER = 'rounds';

const searchIn = (folder: string): string => join(folder, 'lr-search');

async function planFor(path: string, { resume, search }: OpenRunFolderOptions): Promise<ResumePlan> {
  const searchPath = search === 'only' ? path : searchIn(path);
  // A run that starts must not mix with what a search has found for another, even where it needs none itself.
  const found = search || !resume ? await readSearch(searchPath) : undefined;
  if (search === 'only') {
    if (found && !resume) throw searchExists(path);
    if (!found && resume === true) throw nothingToResume(path);
    return { kind: 'search', search: { path, found } };
  }
  const log = new MetricsLog(path);
  await log.read();
  const epochs = log.lines.length + log.damaged.length;
  const isSaved = (await locateFolder(lastCheckpoint(path))) !== undefined;
  if (!resume && (isSaved || epochs > 0 || found)) throw runExists(path);
  if (resume === true && !isSaved && !found && !existsSync(log.path)) throw nothingToResume(path);
  // The first checkpoint is written right after the first line: with more lines it was there, and has gone.
  if (!isSaved && epochs > 1) throw checkpointGone(path, epochs);
  // A process that died may have left half of a folder that it was replacing.
  for (const parent of ['.', 'checkpoints', 'auxiliary']) await recoverFolders(join(path, parent));
  const checkpoint = await readCheckpoint(path);
  if (checkpoint) {
    // They are saved before the checkpoint that says so.
    if (checkpoint.progress.best && (await locateFolder(bestFolder(path))) === undefined)
      throw bestGone(path);
    return { kind: 'continue', checkpoint };
  }
  return search ? { kind: 'search', search: { path: searchPath, found } } : { kind: 'fresh' };
}

/** Names that only a run, or a search, gives; other programs have a folder of checkpoints too (`log`). */
const BEGUN = {
  run: /^(metrics\.jsonl|checkpoints|lr-search)$/,
  log: /^(metrics\.jsonl|lr-search)$/,
  search: /^(search\.json|trial-\d+)$/,
};

/** Whether the folder of checkpoints holds nothing but those of a run, and what was left while one was written. */
async function hasCheckpoints(path: string): Promise<boolean> {
  const names = await readdir(join(path, 'checkpoints')).catch(() => ['none']);
  return names.every((name) => /^(last|epoch-\d+)$|^\./.test(name));
}
/** What a run or a search that has saved nothing may have left. */
const LEFT = /^(skipped-images\.json|range-test\.svg|tensorboard|features|rounds)$/;

/** A run must not mix with anything else: see `assertOwnFolder`. Nothing is written, not even a lock. */
async function assertRunFolder(path: string, { resume, search }: OpenRunFolderOptions): Promise<void> {
  const names = await readdir(path).catch((): string[] => []);
  const begun = search === 'only' ? BEGUN.search : (await hasCheckpoints(path)) ? BEGUN.run : BEGUN.log;
  if (resume === true && !names.some((name) => begun.test(name))) throw nothingToResume(path);
  await assertOwnFolder(path, { what: 'run', example: 'runs/first', begun, beside: LEFT });
}

const RESUME_OR_ELSEWHERE = 'Continue it with --resume, or choose another folder with --out.';

const runExists = (path: string) =>
  new UsageError('usage/run-exists', `There is already a run in ${path}.`, { hint: RESUME_OR_ELSEWHERE });

const searchExists = (path: string) =>
  new UsageError('usage/search-exists', `A learning rate search already exists in ${path}.`, {
    hint: RESUME_OR_ELSEWHERE,
  });

const nothingToResume = (path: string) =>
  new UsageError('usage/no-checkpoint', `No checkpoint to resume from in ${path}.`, {
    hint: 'Check the folder, or start the run without --resume.',
  });

const bestGone = (path: string) =>
  new UsageError(
    'usage/no-best',
    `The best weights of the run in ${path} were not found, and a later epoch may not match them.`,
    { hint: `Restore ${bestFolder(path)}, or start a new run in another folder.` },
  );

const checkpointGone = (path: string, epochs: number) =>
  new UsageError(
    'usage/no-checkpoint',
    `The run in ${path} has finished ${counted(epochs, 'epoch')}, but its checkpoint was not found.`,
    { hint: `Restore ${lastCheckpoint(path)}, or start a new run in another folder.` },
  );
