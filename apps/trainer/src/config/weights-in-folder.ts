import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file of weights in a model folder, or in the `best` of a run folder; undefined where there is none. */
export const weightsInFolder = (path: string): string | undefined =>
  ['model.safetensors', 'best/model.safetensors']
    .map((name) => join(path, name))
    .find((file) => existsSync(file));
