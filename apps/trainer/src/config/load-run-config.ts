import { existsSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { readConfigFile, setOption } from '@polytag/cli';
import { isAddress } from '@polytag/checkpoints/address';
import { normalisationName, validate } from '@polytag/core';
import { isPublishedName, publishedWeights, type PublishedWeights } from '@polytag/model/config';
import { readAuxiliaryFiles, shareSettings } from './auxiliary-models.js';
import { withPublishedOptions } from './published-options.js';
import { isWord, runConfigSchema, type RunConfig } from './run-config.js';
import { weightsInFolder } from './weights-in-folder.js';

/** Keys that hold a path, `*` standing for any one key. Parts named by module are found among them. */
const PATH_KEYS = [
  ...['data.root', 'loss.module', 'mutual.models.*', 'training.features.cache'],
  ...['model', 'mutual.models.*'].flatMap((model) =>
    ['weights', 'weightsLabels', 'labelGraph.*.npy', '*.module', 'backbone.onnx'].map(
      (key) => `${model}.${key}`,
    ),
  ),
];

const isPathKey = (key: string) =>
  PATH_KEYS.some((pattern) => {
    const expected = pattern.split('.');
    const keys = key.split('.');
    return keys.length === expected.length && expected.every((part, i) => part === '*' || part === keys[i]);
  });

/** The values of a config with others in the place of its paths. Parts named by module are among them. */
export function changePaths(
  value: unknown,
  change: (path: string, key: string) => unknown,
  key = '',
): unknown {
  if (typeof value === 'string' && isPathKey(key)) return change(value, key);
  if (Array.isArray(value)) return value.map((inner, i) => changePaths(inner, change, `${key}.${i}`));
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      changePaths(inner, change, key ? `${key}.${name}` : name),
    ]),
  );
}

/** Makes the relative paths in a config absolute. */
const resolvePaths = (values: unknown, folder: string): unknown =>
  changePaths(values, (path, key) => {
    if (key.endsWith('.module')) return resolveModule(path, folder);
    if (key.endsWith('.weights')) return resolveWeights(path, folder);
    return key.endsWith('.weightsLabels') && path === 'sorted' ? path : resolve(folder, path);
  });

/** `./head.js` and `parts/head.js` are files; `my-package` is one only when there is such a file. */
function resolveModule(reference: string, folder: string): string {
  if (reference.startsWith('file:')) return reference;
  const path = resolve(folder, reference);
  return reference.startsWith('.') || isAbsolute(reference) || existsSync(path) ? path : reference;
}

/**
 * `imagenet` names published weights; any other word is a file when there is one, and else a name that is misspelt. Of a
 * model folder, and of a run folder, the weights are taken.
 */
function resolveWeights(reference: string, folder: string): string {
  const path = resolve(folder, reference);
  const named = isAddress(reference) || isPublishedName(reference);
  if (named || (isWord(reference) && !existsSync(path))) return reference;
  return weightsInFolder(path) ?? path;
}

/**
 * A file that takes the place of published weights keeps the layout that they gave the backbone: the file is likely to have
 * their key names. What else they gave it, in a config that a run has written, goes: it was theirs.
 */
function keepLayout(config: RunConfig, before: unknown, assignments: readonly string[]): RunConfig {
  const { model } = config;
  if (typeof before !== 'string' || model.weights === undefined || isWord(model.weights)) return config;
  const { backbone } = model;
  const row =
    'name' in backbone &&
    publishedWeights.find((one) => one.name === before && one.backbone === backbone.name);
  if (!row || row.layout === undefined) return config;
  const said = assignments.some((one) => one.startsWith('model.backbone.options'));
  const others = Object.entries(backbone.options ?? {}).filter(
    ([key, value]) => said || !isOf(row, key, value),
  );
  const options = { layout: row.layout, ...Object.fromEntries(others) };
  return { ...config, model: { ...model, backbone: { ...backbone, options } } };
}

/** Whether an option is what published weights fill in of preprocessing. */
const isOf = (
  { padding, epsilon, normalisation }: PublishedWeights,
  key: string,
  value: unknown,
): boolean => {
  const filled = { padding, epsilon, normalisation: normalisationName(normalisation) ?? normalisation };
  return key in filled && JSON.stringify(value) === JSON.stringify(filled[key as keyof typeof filled]);
};

const weightsIn = (values: unknown): unknown =>
  (values as { readonly model?: { readonly weights?: unknown } } | undefined)?.model?.weights;

/**
 * Reads a config file, applies `--set` assignments and checks the whole. Paths in the file are relative to
 * the file, paths in assignments to the working folder. Nothing else is read before this has passed. Published weights
 * fill in the options that they need.
 */
export async function loadRunConfig(path: string, assignments: readonly string[] = []): Promise<RunConfig> {
  return checkRunConfig(await readAuxiliaryFiles(await readValues(path), readValues), assignments, path);
}

/** What is in a config file, with absolute paths. */
const readValues = async (file: string): Promise<unknown> =>
  resolvePaths(await readConfigFile(file), resolve(dirname(file)));

/** The same for values that come from no file. */
export async function checkRunConfig(
  values: unknown,
  assignments: readonly string[],
  source: string,
): Promise<RunConfig> {
  const assigned = resolvePaths(assignments.reduce(setOption, values), process.cwd());
  // Assignments name files of auxiliary models too.
  const whole = shareSettings(await readAuxiliaryFiles(assigned, readValues));
  const config = validate(runConfigSchema, whole, { source });
  return withPublishedOptions(keepLayout(config, weightsIn(values), assignments), source);
}
