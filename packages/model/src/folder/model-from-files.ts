import { labelsIn, parseSafetensors, type Safetensors } from '@polytag/checkpoints';
import {
  CheckpointError,
  LabelVocabulary,
  plainIssue,
  PolytagError,
  printable,
  type Preprocessing,
} from '@polytag/core';
import { assignParameters, withEmptyWeights, withWeightLimit } from '@polytag/layers';
import type { z } from 'zod';
import { assemble } from '../build/build-model.js';
import type { ResolvedPart } from '../config/resolved-part.js';
import type { MultiLabelModel } from '../multi-label-model.js';
import { matchKeys } from '../weights/match-keys.js';
import { listed, refuseMisfits } from '../weights/misfit.js';
import { calibrationFileSchema, calibrationOf } from './calibration-file.js';
import { labelGraphOf } from './label-graph-file.js';
import { configFileSchema, DAMAGED, FILES, NOT_OURS, pathIn, type ConfigFile } from './model-files.js';
import { preprocessingOf, preprocessorFileSchema } from './preprocessor-file.js';
import { savedPart, type LoadModelOptions } from './saved-part.js';
import { orderThresholds, thresholdsFileSchema } from './thresholds-file.js';
import { TrainedImages, trainedImagesSchema, type KnownTraining } from './trained-images.js';

/**
 * Recreates a model from the files of its folder.
 *
 * @param files files by name: the required ones, and any of the optional ones
 * @param folder name of the folder in errors; modules of your own parts are relative to it
 * @throws as `loadModel`, except for reading
 */
export async function modelFromFiles(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  options: LoadModelOptions,
): Promise<MultiLabelModel> {
  const path = (name: string) => pathIn(folder, name);
  const config = parseJson(files, FILES.config, configFileSchema, folder);
  const preprocessing = preprocessingOf(
    parseJson(files, FILES.preprocessor, preprocessorFileSchema, folder),
    path(FILES.preprocessor),
  );
  const labels = labelsOf(config, path(FILES.config));
  const thresholds = files.has(FILES.thresholds)
    ? orderThresholds(
        parseJson(files, FILES.thresholds, thresholdsFileSchema, folder),
        labels,
        (problem) =>
          new CheckpointError('checkpoint/config', `${path(FILES.thresholds)} ${problem}.`, {
            hint: 'Expected one number from 0 to 1 for every label of config.json. Write the file again with polytag-eval thresholds.',
          }),
      )
    : undefined;
  const calibration = files.has(FILES.calibration)
    ? calibrationOf(
        parseJson(files, FILES.calibration, calibrationFileSchema, folder),
        labels,
        path(FILES.calibration),
      )
    : undefined;
  const graphFile = files.get(FILES.labelGraph);
  const labelGraph =
    graphFile &&
    labelGraphOf(
      parseSafetensors(graphFile, { source: path(FILES.labelGraph) }),
      labels.size,
      path(FILES.labelGraph),
    );
  const weights = parseSafetensors(files.get(FILES.weights)!, { source: path(FILES.weights) });
  refuseOtherLabels(weights, labels, folder);
  refuseOtherNumbers(config, path(FILES.config));
  const model = assembleWithin(
    elementsOf(weights),
    await savedPart('backbone', config.backbone, files, folder, options),
    await savedPart('head', config.head, files, folder, options),
    preprocessing,
    { labels, seed: options.seed ?? 0, labelGraph, views: config.views },
    folder,
  );
  try {
    if (model.outputSpace !== config.output_space || model.scale !== config.scale) {
      throw new CheckpointError(
        'checkpoint/part',
        `${path(FILES.config)}: the head "${printable(config.head.name)}" outputs ${model.outputSpace} with scale ${model.scale}; ` +
          `the model was saved with ${config.output_space} and scale ${config.scale}.`,
        { hint: 'The code of the head changed after the model was saved.' },
      );
    }
    assignAll(model, weights, path(FILES.weights));
    model.thresholds = thresholds?.thresholds;
    model.thresholdsFlip = thresholds?.flip ?? false;
    model.calibration = calibration;
    Object.assign(model, trainedOnIn(files, folder));
    model.foldConstants();
    refuseNoNumbers(model, path(FILES.weights));
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** The list of training images. Nothing is computed by it, so a damaged one only leaves them unknown. */
function trainedOnIn(files: ReadonlyMap<string, Uint8Array>, folder: string): KnownTraining {
  if (!files.has(FILES.trainingImages)) return {};
  try {
    const content = parseJson(files, FILES.trainingImages, trainedImagesSchema, folder);
    return { trainedOn: TrainedImages.fromFile(content, pathIn(folder, FILES.trainingImages)) };
  } catch (error) {
    if (error instanceof CheckpointError) return { trainedOnError: error };
    throw error;
  }
}

/** Required in a model folder. */
export const REQUIRED: readonly string[] = [FILES.config, FILES.preprocessor, FILES.weights];
/** There where the model has them. */
export const OPTIONAL: readonly string[] = [
  FILES.thresholds,
  FILES.calibration,
  FILES.trainingImages,
  FILES.labelGraph,
  FILES.onnx,
];

/** Files of a model folder that define the model, without the user's own code. */
export const MODEL_FILES = { required: REQUIRED, optional: OPTIONAL } as const;

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
    throw new CheckpointError('checkpoint/config', `${pathIn(folder, name)} is not valid JSON in UTF-8.`, {
      hint: DAMAGED,
      cause,
    });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new CheckpointError(
    'checkpoint/config',
    `${pathIn(folder, name)}: "${printable(path.join('.'))}": ${printable(plainIssue(message), 200)}.`,
    {
      hint: NOT_OURS,
    },
  );
}

/** Restores the order: class names that were integers are sorted as integers. */
function labelsOf({ id2label }: ConfigFile, source: string): LabelVocabulary {
  const names = Array.from({ length: Object.keys(id2label).length }, (_, i) => {
    if (Object.hasOwn(id2label, String(i))) return id2label[String(i)];
    throw new CheckpointError('checkpoint/config', `${source}: "id2label" has no label ${i}.`, {
      hint: 'Expected the keys "0", "1" and so on, without gaps.',
    });
  });
  try {
    const labels = LabelVocabulary.inOrder(names);
    if (labels) return labels;
  } catch (cause) {
    throw new CheckpointError('checkpoint/config', `${source}: "id2label" is not a list of labels.`, {
      hint: 'Expected labels by index: {"0": "cat", "1": "dog"}, each label once.',
      cause,
    });
  }
  throw new CheckpointError('checkpoint/config', `${source}: the labels of "id2label" are not sorted.`, {
    hint: 'Expected the index of each label to be its position in the sorted list.',
  });
}

/** The weights say their labels, too, where `saveModel` wrote them. A label that was renamed in config.json stays so. */
function refuseOtherLabels({ metadata }: Safetensors, labels: LabelVocabulary, folder: string): void {
  const stored = labelsIn(metadata);
  if (!stored || stored.length === labels.size) return;
  throw new CheckpointError(
    'checkpoint/shape-mismatch',
    `${pathIn(folder, FILES.weights)}: the weights have ${stored.length} labels, but config.json has ${labels.size}.`,
    { hint: 'config.json and the weights belong to different models.' },
  );
}

function refuseOtherNumbers({ id2label, label2id }: ConfigFile, source: string): void {
  for (const [name, id] of Object.entries(label2id)) {
    if (Object.hasOwn(id2label, String(id)) && id2label[String(id)] === name) continue;
    throw new CheckpointError(
      'checkpoint/config',
      `${source}: "label2id" maps "${printable(name)}" to ${id}, but "id2label" does not.`,
      { hint: 'One of the two was edited; make them agree.' },
    );
  }
}

/** A negative variance, or finite weights whose product is not: an activation would clip the NaN, and hide it. */
function refuseNoNumbers(model: MultiLabelModel, source: string): void {
  const layer = model.notFinite();
  if (layer === undefined) return;
  throw new CheckpointError(
    'checkpoint/values',
    `${source}: the weights of "${printable(layer)}" and of the batch norm after it produce NaN or infinity.`,
    {
      hint: 'A variance is negative or a weight is too large: the file is damaged, or the training that wrote it diverged.',
    },
  );
}

const elementsOf = ({ tensors }: Safetensors): number =>
  [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);

/** A network that is a little larger than its weights is built, so that what differs is told by name. */
const LARGER = { times: 4, plus: 2 ** 20 };

/** Builds the network of a file that says how large it is: one that asks for much more than its weights is refused first. */
function assembleWithin(
  elements: number,
  backbone: ResolvedPart<'backbone'>,
  head: ResolvedPart<'head'>,
  preprocessing: Preprocessing,
  context: Parameters<typeof assemble>[3],
  folder: string,
): MultiLabelModel {
  const source = pathIn(folder, FILES.config);
  const tooLarge = () =>
    new CheckpointError(
      'checkpoint/shape-mismatch',
      `${source} describes a network with far more weights than the ${elements} in ${FILES.weights}.`,
      { hint: 'config.json and the weights belong to different models. No network was built.' },
    );
  try {
    return withWeightLimit(LARGER.times * elements + LARGER.plus, tooLarge, () =>
      withEmptyWeights(() => assemble(backbone, head, preprocessing, context)),
    );
  } catch (cause) {
    const ofItsOwn = [backbone, head].some(({ module }) => module !== undefined);
    if (cause instanceof CheckpointError || ofItsOwn) throw cause;
    throw new CheckpointError(
      'checkpoint/config',
      `${source}: the network cannot be built: ${printable(messageOf(cause), 300)}`,
      {
        hint:
          cause instanceof PolytagError
            ? cause.hint
            : 'Check the image size and the options of backbone and head.',
        cause,
      },
    );
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

function assignAll(model: MultiLabelModel, { tensors }: Safetensors, source: string): void {
  const match = matchKeys(model.parameters, tensors);
  refuseMisfits(source, model.labels.size, match);
  if (match.unused.length > 0) {
    throw new CheckpointError(
      'checkpoint/unexpected-key',
      `${source} has ${listed(match.unused)}, not in the model.`,
      {
        hint: 'config.json and the weights belong to different models.',
      },
    );
  }
  assignParameters(model.parameters, (key) => {
    const { storedKey } = match.matched.get(key)!;
    const { shape, data } = tensors.get(storedKey)!;
    if (!(data instanceof BigInt64Array) && !data.every(Number.isFinite)) {
      throw new CheckpointError(
        'checkpoint/values',
        `${source}: "${printable(storedKey)}" contains NaN or infinity: the model would output NaN for every image.`,
        { hint: 'The file is damaged, or the training that wrote it diverged. Use an earlier checkpoint.' },
      );
    }
    return { shape, data: data instanceof BigInt64Array ? Array.from(data, Number) : data };
  });
}
