import { CheckpointError, EngineError, PolytagError, printable } from '@polytag/core';
import { foreignModule, partFile, shownModule } from '#import-part';
import { resolvePart } from '../config/resolve-part.js';
import type { AnyPartDefinition, ResolvedPart } from '../config/resolved-part.js';
import { FILES, NOT_OURS, pathIn, type SavedPart } from './model-files.js';

export interface LoadModelOptions {
  /** Seed for dropout if the model is trained further. Default 0. */
  readonly seed?: number;
  /** Your own parts by name, used instead of the model's modules. */
  readonly parts?: readonly AnyPartDefinition[];
  /**
   * Whether a module named by the folder may run: one inside the folder, or an installed package. Default: false. A
   * module can do whatever your program can, so allow it only for folders that you trust.
   */
  readonly allowModules?: boolean;
}

/**
 * Creates the backbone or the head named in `config.json`.
 *
 * @param files files of the folder by name, which the part may use
 * @throws CheckpointError `checkpoint/part`, `checkpoint/missing-file`, and `checkpoint/module-not-allowed` before any code
 * of the folder runs
 */
export async function savedPart<Kind extends 'backbone' | 'head'>(
  kind: Kind,
  { name, module, options }: SavedPart,
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  { parts = [], allowModules = false }: LoadModelOptions,
): Promise<ResolvedPart<Kind>> {
  const source = pathIn(folder, FILES.config);
  const readFile = async (file: string) => {
    const bytes = files.get(file);
    if (bytes) return partFile(pathIn(folder, file), bytes);
    throw new CheckpointError(
      'checkpoint/missing-file',
      `${source}: the ${kind} uses "${printable(file)}", which is not a file of the folder.`,
      {
        hint: `Expected ${FILES.onnx}. Restore the folder from a copy.`,
      },
    );
  };
  const shared = { parts, source, path: kind, readFile };
  try {
    if (module === undefined || parts.some((part) => part.kind === kind && part.name === name))
      return await resolvePart(kind, { name, options }, { ...shared, baseFolder: folder });
    if (!allowModules)
      throw notAllowed(`${source}: the ${kind} "${printable(name)}"`, shownModule(module, folder));
    const found = await foreignModule(module, folder, `${source}: "${kind}.module"`);
    return await resolvePart(
      kind,
      { module: found.module, options },
      { ...shared, baseFolder: found.baseFolder, locate: () => found.module },
    );
  } catch (cause) {
    const isTold = cause instanceof CheckpointError || cause instanceof EngineError;
    if (!(cause instanceof PolytagError) || isTold) throw cause;
    throw new CheckpointError('checkpoint/part', cause.message, {
      hint: module
        ? `The model needs the ${kind} "${printable(name)}" of that module. Put the missing file or package back (packages are looked up from the model folder upwards), or pass the part: loadModel(folder, { parts: [part] }).`
        : (cause.hint ?? NOT_OURS),
      cause,
    });
  }
}

function notAllowed(part: string, shown: string): CheckpointError {
  return new CheckpointError(
    'checkpoint/module-not-allowed',
    `${part} is code from the model folder: loading the model runs ${shown}.`,
    {
      hint:
        'No code was run. Read the code; if you trust it, add --allow-modules, or in a program use ' +
        'loadModel(folder, { allowModules: true }). A program can also pass the part itself: { parts: [part] }.',
    },
  );
}
