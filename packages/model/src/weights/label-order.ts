import { basename, dirname, join } from 'node:path';
import { openCheckpoint } from '@polytag/checkpoints';
import { CheckpointError, type LabelVocabulary } from '@polytag/core';
import { readTextFile } from '@polytag/files';
import * as z from 'zod';
import { FILES } from '../folder/model-files.js';
import { listed } from './misfit.js';

/**
 * What a file's classes are to a model's labels: the `same` in its order, the same but `reordered`, `other` ones, or
 * `unknown`, because the file does not say them.
 */
export type ClassRelation = 'same' | 'reordered' | 'other' | 'unknown';

/**
 * @param classNames of the file, in its order
 * @returns with `order`, for every label its place in the file, when they are the same labels
 */
export function compareClasses(
  labels: LabelVocabulary,
  classNames: readonly string[] | undefined,
): { readonly relation: ClassRelation; readonly order?: readonly number[] } {
  if (!classNames) return { relation: 'unknown' };
  const places = new Map(classNames.map((name, place) => [name, place]));
  const order = labels.names.map((name) => places.get(name) ?? -1);
  if (classNames.length !== labels.size || order.includes(-1)) return { relation: 'other' };
  return { relation: order.every((place, i) => place === i) ? 'same' : 'reordered', order };
}

/**
 * @param place of the model in the config, for hints
 * @throws CheckpointError `checkpoint/unknown-labels`, `checkpoint/other-labels` unless they are the same labels
 */
export function refuseOtherClasses(
  path: string,
  labels: LabelVocabulary,
  classNames: readonly string[] | undefined,
  place = 'model',
): void {
  const { relation } = compareClasses(labels, classNames);
  if (relation === 'unknown') {
    throw new CheckpointError(
      'checkpoint/unknown-labels',
      `${path} does not list its labels, so their order is unknown.`,
      {
        hint:
          `Give their order with --set ${place}.weightsLabels=FILE, a file with one label per line; or with =sorted if it is ` +
          "the order of this model's labels.",
      },
    );
  }
  if (relation !== 'other') return;
  const known = new Set(classNames);
  const quoted = (names: readonly string[]) =>
    names.length > 0 ? listed(names.map((name) => `"${name}"`)) : 'none';
  const lacking = quoted(labels.names.filter((name) => !known.has(name)));
  const more = quoted(classNames!.filter((name) => labels.indexOf(name) === undefined));
  throw new CheckpointError(
    'checkpoint/other-labels',
    `${path} has ${classNames!.length} other labels: of the ${labels.size} labels of the model it lacks ${lacking}; it also has ${more}.`,
    {
      hint: `If only the spelling differs, give the labels in the order of the file with --set ${place}.weightsLabels=FILE. If the labels differ, load the backbone only: --set ${place}.expectWeights=backbone`,
    },
  );
}

const id2labelSchema = z.object({ id2label: z.record(z.string(), z.string()) });

/** The labels in the `config.json` beside the weights of a model folder, in the order of the weights. */
export async function labelsBeside(path: string): Promise<readonly string[] | undefined> {
  if (basename(path) !== FILES.weights) return undefined;
  try {
    const config: unknown = JSON.parse(
      await readTextFile(join(dirname(path), FILES.config), {
        what: 'config',
        kind: 'checkpoint',
        maxBytes: 2 ** 23,
      }),
    );
    const { id2label } = id2labelSchema.parse(config);
    const names = Object.keys(id2label).map((_, index) => id2label[String(index)]);
    return names.includes(undefined as unknown as string) ? undefined : names;
  } catch {
    return undefined;
  }
}

/**
 * Reads the classes of a weights file, in its order: from the file, or from `config.json` if it is in a model folder.
 * Undefined if neither has them.
 *
 * @param options.container as for `loadWeights`
 * @throws those of `openCheckpoint`
 */
export async function classNamesIn(
  path: string,
  options: { readonly container?: string } = {},
): Promise<readonly string[] | undefined> {
  const file = await openCheckpoint(path, options);
  try {
    return file.classNames ?? (await labelsBeside(path));
  } finally {
    await file.close();
  }
}
