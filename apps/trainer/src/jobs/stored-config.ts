import { realpath } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { isAddress } from '@polytag/checkpoints/address';
import { UsageError } from '@polytag/core';
import { readLabelFile } from '@polytag/datasets';
import { isPublishedName } from '@polytag/model/config';
import { replicaCount } from '@polytag/training';
import { storeNameSchema, type Json, type Store } from '@polytag/queue';
import * as z from 'zod';
import { changePaths } from '../config/load-run-config.js';
import { isWord, labelFilePath, runConfigSchema, type RunConfig } from '../config/run-config.js';

/** What stands before the name of a file of the store, in the place of a path. */
const MARK = 'store:';

export const storedFileSchema = z.strictObject({
  name: storeNameSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A config whose files are told by their names in a store, and by what is in them. */
export const storedConfigSchema = z.strictObject({
  /** A run config with every default; paths are `store:NAME`. */
  values: z.record(z.string(), z.json()),
  /** Label files and weights. Photographs are known by their label file. */
  files: z.array(storedFileSchema),
});

export type StoredConfig = z.output<typeof storedConfigSchema>;

/** Keys of files that a job may well have a copy of: they are put into the store. */
const isCopied = (key: string) => /\.(weights|npy|onnx|weightsLabels|module)$/.test(key);

/**
 * A config as a job has it. The folder of the data set must be in the store; weights and the like are copied into it.
 *
 * @throws UsageError `queue/outside-store`, `queue/address`
 */
export async function storedConfig(config: RunConfig, store: Store): Promise<StoredConfig> {
  const { data, training } = config;
  const files = [];
  const labelFile = async (file: string) => {
    const path = labelFilePath(data, file);
    const stored = await store.describe(path);
    await assertImagesWithin(store, stored, path, data);
    files.push(stored);
    return storeNameSchema.safeParse(file).success ? file : `${MARK}${stored.name}`;
  };
  const settled = {
    ...config,
    data: {
      ...data,
      scenes: undefined,
      train: await labelFile(data.train),
      val: data.val === null ? null : await labelFile(data.val),
    },
    // Every machine gives the numbers of this one.
    training: { ...training, replicas: replicaCount(training.replicas, training.batchSize) },
  };
  const names = new Map<string, string>();
  const paths: [path: string, key: string][] = [];
  changePaths(settled, (path, key) => void paths.push([path, key]));
  for (const [path, key] of paths) {
    if (isWordOf(path, key)) continue;
    if (isAddress(path)) {
      throw new UsageError('queue/address', `${key} is a web address, but workers download nothing.`, {
        hint: 'Download the file and give its path.',
      });
    }
    if (isCopied(key)) {
      const stored = await store.putFile(path);
      files.push(stored);
      names.set(path, stored.name);
    } else names.set(path, (await isItself(path, store)) ? ITSELF : await store.nameOf(path));
  }
  const values = changePaths(settled, (path) => (names.has(path) ? `${MARK}${names.get(path)}` : path));
  return { values: JSON.parse(JSON.stringify(values)) as Record<string, z.core.util.JSONType>, files };
}

/** Name of the store's own folder: data sets may lie directly in it. */
const ITSELF = '';

const isItself = async (path: string, store: Store): Promise<boolean> =>
  (await realpath(resolve(path)).catch(() => undefined)) === store.path;

/** Hashes of label files whose images were found to be in a store: the trials of a sweep have the same. */
const withinStore = new WeakMap<Store, Set<string>>();

/** Told here: every worker would refuse it. */
async function assertImagesWithin(
  store: Store,
  { name, sha256 }: z.output<typeof storedFileSchema>,
  path: string,
  { unknownLabels }: RunConfig['data'],
): Promise<void> {
  if (!store.isShared) return;
  const known = withinStore.get(store) ?? new Set();
  withinStore.set(store, known);
  const key = `${sha256} ${name}`;
  if (known.has(key)) return;
  const { images } = await readLabelFile(path, { unknownLabels, missingImages: 'keep' });
  await store.assertWithin(images.map((image) => image.path));
  known.add(key);
}

/** What stands where a path may, and is none: published weights, a package, labels in their order. */
const isWordOf = (path: string, key: string): boolean =>
  (key.endsWith('.weights') && (isPublishedName(path) || isWord(path))) ||
  (key.endsWith('.weightsLabels') && path === 'sorted') ||
  (key.endsWith('.module') && !isAbsolute(path) && !path.startsWith('file:'));

export interface OpenConfigOptions {
  readonly allowModules: boolean;
}

/**
 * The config of a job on this machine, its files held to what the job says of them.
 *
 * @throws UsageError `queue/job`; `queue/modules` for a config that brings code, unless that is allowed; `queue/outside-store`
 * @throws DataError `queue/other-content`
 */
export async function openConfig(
  { values, files }: StoredConfig,
  store: Store,
  { allowModules }: OpenConfigOptions,
): Promise<RunConfig> {
  const checked = new Map<string, string>();
  for (const file of files) checked.set(file.name, await store.checked(file));
  const pathOf = async (marked: string) => {
    const name = marked.slice(MARK.length);
    if (name === ITSELF) return store.path;
    return checked.get(name) ?? store.pathOf(name);
  };
  const found = new Map<string, string>();
  const marked: [string, string][] = [];
  changePaths(values, (path, key) => void marked.push([path, key]));
  const named = labelFilesSchema.safeParse(values['data']);
  if (!named.success) throw malformed(named.error);
  const { train, val } = named.data;
  for (const file of [train, val]) {
    if (file === null) continue;
    if (file.startsWith(MARK)) marked.push([file, 'data.train']);
    else if (!storeNameSchema.safeParse(file).success) throw outside('data.train', file);
  }
  for (const [path, key] of marked) {
    if (key.endsWith('.module') && !allowModules) {
      throw new UsageError(
        'queue/modules',
        `The job's config runs code (${key}), which this worker does not allow.`,
        {
          hint: 'Start the worker with --allow-modules if you trust everyone who submits jobs.',
        },
      );
    }
    if (path.startsWith(MARK)) found.set(path, await pathOf(path));
    else if (!isWordOf(path, key) || isAddress(path)) throw outside(key, path);
  }
  const opened = changePaths(values, (path) => found.get(path) ?? path) as Record<string, unknown>;
  const data = opened['data'] as Record<string, unknown>;
  const parsed = runConfigSchema.safeParse({
    ...opened,
    data: { ...data, train: found.get(train) ?? train, val: val === null ? null : (found.get(val) ?? val) },
  });
  if (!parsed.success) throw malformed(parsed.error);
  return parsed.data;
}

const labelFilesSchema = z.looseObject({ train: z.string(), val: z.string().nullable() });

/** Another version of Polytag has other keys. */
const malformed = (error: z.ZodError): UsageError =>
  new UsageError('queue/job', `The job's config is malformed: ${z.prettifyError(error)}`, {
    hint: 'Use one version of Polytag on all machines.',
  });

const outside = (key: string, path: string): UsageError =>
  new UsageError(
    'queue/outside-store',
    `The job's config refers to ${path} (${key}), which is outside the store.`,
  );

/** As a parameter of a job. */
export const asJson = (stored: StoredConfig): Json => stored as unknown as Json;
