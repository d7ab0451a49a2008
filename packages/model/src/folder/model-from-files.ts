import { parseSafetensors, type Safetensors } from '@polytag/checkpoints';
import {
  CheckpointError,
  LabelVocabulary,
  PolytagError,
  printable,
  type LabelGraph,
  type LabelMatrix,
} from '@polytag/core';
import { assignParameters } from '@polytag/layers';
import type { z } from 'zod';
import { assemble } from '../build/build-model.js';
import { foreignModule, shownModule } from '#import-part';
import { resolvePart, type AnyPartDefinition, type ResolvedPart } from '../config/resolve-part.js';
import type { MultiLabelModel } from '../multi-label-model.js';
import { matchKeys } from '../weights/match-keys.js';
import { listed, refuseMisfits } from '../weights/misfit.js';
import {
  configFileSchema,
  FILES,
  preprocessorFileSchema,
  thresholdsFileSchema,
  type ConfigFile,
  type SavedPart,
} from './model-files.js';

export interface LoadModelOptions {
  /** Seeds dropout when the model is trained further. Default 0. */
  readonly seed?: number;
  /** Parts of your own, by name, where the model's module is not at hand. */
  readonly parts?: readonly AnyPartDefinition[];
  /**
   * Whether a module that the folder names may run: one inside the folder, or an installed package. Default: refused. A
   * module can do whatever the program can; allow it for folders that you trust.
   */
  readonly allowModules?: boolean;
}

/**
 * Rebuilds a model from the files of its folder.
 *
 * @param files by name: the required ones, and those of the optional ones that there are
 * @param folder how errors name the folder; modules of own parts are relative to it
 * @throws those of `loadModel`, but for reading
 */
export async function modelFromFiles(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  options: LoadModelOptions,
): Promise<MultiLabelModel> {
  const path = (name: string) => pathIn(folder, name);
  const config = parseJson(files, FILES.config, configFileSchema, folder);
  const preprocessor = parseJson(files, FILES.preprocessor, preprocessorFileSchema, folder);
  const labels = labelsOf(config, path(FILES.config));
  const weights = parseSafetensors(files.get(FILES.weights)!, { source: path(FILES.weights) });
  const graphFile = files.get(FILES.labelGraph);
  const model = assemble(
    await savedPart('backbone', config.backbone, folder, options),
    await savedPart('head', config.head, folder, options),
    {
      ...preprocessor.size,
      normalisation: { mean: preprocessor.image_mean, std: preprocessor.image_std },
    },
    {
      labels,
      seed: options.seed ?? 0,
      labelGraph:
        graphFile &&
        labelGraphOf(parseSafetensors(graphFile, { source: path(FILES.labelGraph) }), path(FILES.labelGraph)),
    },
  );
  try {
    if (model.outputSpace !== config.output_space || model.scale !== config.scale) {
      throw new CheckpointError(
        'checkpoint/part',
        `${path(FILES.config)}: the head "${config.head.name}" gives ${model.outputSpace} with scale ${model.scale}; ` +
          `the model was saved with ${config.output_space} and scale ${config.scale}.`,
        { hint: 'The part was changed after the model was saved.' },
      );
    }
    assignAll(model, weights, path(FILES.weights));
    if (files.has(FILES.thresholds)) {
      const { thresholds } = parseJson(files, FILES.thresholds, thresholdsFileSchema, folder);
      model.thresholds = labels.names.map((name) => {
        if (Object.hasOwn(thresholds, name)) return thresholds[name];
        throw new CheckpointError(
          'checkpoint/config',
          `${path(FILES.thresholds)} has no threshold for "${name}".`,
        );
      });
    }
    model.foldConstants();
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Required in a model folder. */
export const REQUIRED: readonly string[] = [FILES.config, FILES.preprocessor, FILES.weights];
/** There where the model has them. */
export const OPTIONAL: readonly string[] = [FILES.thresholds, FILES.labelGraph];

const pathIn = (folder: string, name: string): string => `${folder.replace(/\/$/, '')}/${name}`;

function parseJson<Schema extends z.ZodType>(
  files: ReadonlyMap<string, Uint8Array>,
  name: string,
  schema: Schema,
  folder: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(files.get(name)));
  } catch (cause) {
    throw new CheckpointError('checkpoint/config', `${pathIn(folder, name)} is not JSON in UTF-8.`, {
      cause,
    });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new CheckpointError(
    'checkpoint/config',
    `${pathIn(folder, name)}: "${path.join('.')}": ${message}.`,
    {
      hint: 'The folder was not written by saveModel, or by a newer version.',
    },
  );
}

/** Restores the order: class names that were integers are sorted as integers. */
function labelsOf({ id2label }: ConfigFile, source: string): LabelVocabulary {
  const names = Array.from({ length: Object.keys(id2label).length }, (_, i) => id2label[String(i)]);
  const asSaved = (labels: LabelVocabulary) => labels.names.every((name, i) => name === names[i]);
  try {
    const texts = new LabelVocabulary(names);
    if (asSaved(texts)) return texts;
    if (names.every((name) => /^-?\d+$/.test(name))) {
      const integers = new LabelVocabulary(names.map(Number));
      if (asSaved(integers)) return integers;
    }
  } catch (cause) {
    throw new CheckpointError('checkpoint/config', `${source}: "id2label" is not a list of class names.`, {
      cause,
    });
  }
  throw new CheckpointError('checkpoint/config', `${source}: "id2label" is not in sorted order.`, {
    hint: 'The index of a label is its position in the sorted list of class names.',
  });
}

async function savedPart<Kind extends 'backbone' | 'head'>(
  kind: Kind,
  { name, module, options }: SavedPart,
  folder: string,
  { parts = [], allowModules = false }: LoadModelOptions,
): Promise<ResolvedPart<Kind>> {
  const source = pathIn(folder, FILES.config);
  const shared = { parts, source, path: kind };
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
    if (!(cause instanceof PolytagError) || cause instanceof CheckpointError) throw cause;
    throw new CheckpointError('checkpoint/part', cause.message, {
      hint: module
        ? `The model needs the ${kind} "${printable(name)}" of that module: put back what is missing (packages are searched from the model folder upwards), or give it: loadModel(folder, { parts: [part] }).`
        : cause.hint,
      cause,
    });
  }
}

function notAllowed(part: string, shown: string): CheckpointError {
  return new CheckpointError(
    'checkpoint/module-not-allowed',
    `${part} is code that the folder brings: to load the model is to run ${shown}.`,
    {
      hint:
        'Nothing was run. Read that code; where you trust it, add --allow-modules, or in a program ' +
        'loadModel(folder, { allowModules: true }). A program may give the part itself: { parts: [part] }.',
    },
  );
}

function labelGraphOf({ tensors }: Safetensors, source: string): LabelGraph {
  const matrix = (key: string): LabelMatrix => {
    const found = tensors.get(key);
    if (!found || found.dtype !== 'F32' || found.shape.length !== 2) {
      throw new CheckpointError('checkpoint/config', `${source} has no float matrix "${key}".`);
    }
    return { rows: found.shape[0], columns: found.shape[1], values: found.data as Float32Array };
  };
  return { cooccurrence: matrix('cooccurrence'), wordVectors: matrix('word_vectors') };
}

function assignAll(model: MultiLabelModel, { tensors }: Safetensors, source: string): void {
  const match = matchKeys(model.parameters, tensors);
  refuseMisfits(source, model.labels.size, match);
  if (match.unused.length > 0) {
    throw new CheckpointError(
      'checkpoint/unexpected-key',
      `${source} has ${listed(match.unused)}, which the model has not.`,
      {
        hint: 'config.json and the weights belong to different models.',
      },
    );
  }
  assignParameters(model.parameters, (key) => {
    const { shape, data } = tensors.get(match.matched.get(key)!.storedKey)!;
    return { shape, data: data instanceof BigInt64Array ? Array.from(data, Number) : data };
  });
}
