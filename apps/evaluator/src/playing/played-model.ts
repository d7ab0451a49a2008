import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { locateFolder } from '@polytag/checkpoints';
import { CheckpointError } from '@polytag/core';
import { readFileBytes } from '@polytag/files';
import { MODEL_FILES } from '@polytag/model';

/** A model folder that the page may read. */
export interface PlayedModel {
  /** The last names of its path. */
  readonly name: string;
  /** Files of a model that it has, by name. Code is not among them. */
  readonly files: readonly string[];
  /** @throws CheckpointError */
  read(name: string): Promise<Uint8Array>;
}

/** The largest file of a model that a page is given. */
const MAX_BYTES = 2 ** 31;

/** @throws CheckpointError `checkpoint/not-found`, `checkpoint/missing-file` */
export async function openPlayedModel(folder: string): Promise<PlayedModel> {
  const place = (await locateFolder(folder)) ?? folder;
  const present = await readdir(place).catch((cause: unknown) => {
    throw new CheckpointError(
      'checkpoint/not-found',
      `The folder ${folder} was not found or cannot be read.`,
      {
        hint: 'Give the folder that contains config.json and model.safetensors, e.g. runs/first/best.',
        cause,
      },
    );
  });
  const missing = MODEL_FILES.required.find((name) => !present.includes(name));
  if (missing) {
    throw new CheckpointError('checkpoint/missing-file', `${folder} has no ${missing}.`, {
      hint: 'Give the folder that contains config.json and model.safetensors, e.g. runs/first/best.',
    });
  }
  return {
    name: basename(resolve(folder)),
    files: [...MODEL_FILES.required, ...MODEL_FILES.optional].filter((name) => present.includes(name)),
    read: (name) =>
      readFileBytes(join(place, name), { what: 'file', kind: 'checkpoint', maxBytes: MAX_BYTES }),
  };
}
