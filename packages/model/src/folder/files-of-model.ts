import { labelsMetadata, serialiseSafetensors } from '@polytag/checkpoints';
import { exportParameters } from '@polytag/layers';
import type { AnyPartDefinition, PartKind, ResolvedPart } from '../config/resolved-part.js';
import type { MultiLabelModel } from '../multi-label-model.js';
import { calibrationFile } from './calibration-file.js';
import { defaultCard } from './default-card.js';
import { labelGraphTensors } from './label-graph-file.js';
import { FILES, VERSION, type ConfigFile, type SavedPart } from './model-files.js';
import type { PreprocessorFile } from './preprocessor-file.js';

export interface FilesOfModelOptions {
  /** Text of README.md, the model card. Default: a short one without scores. */
  readonly card?: string;
  /** Converts the path of a user's module for the config. Default: unchanged. */
  readonly moduleAt?: (module: string) => string;
}

/** The files of a model folder by name, without `manifest.json` with their checksums. Works in Node and in browsers. */
export async function filesOfModel(
  model: MultiLabelModel,
  { card, moduleAt = (module) => module }: FilesOfModelOptions = {},
): Promise<Record<string, Uint8Array | string>> {
  const { labels, thresholds, thresholdsFlip, calibration, trainedOn, labelGraph } = model;
  return {
    [FILES.config]: json(configFile(model, moduleAt)),
    [FILES.preprocessor]: json(preprocessorFile(model)),
    [FILES.weights]: serialiseSafetensors(await exportParameters(model.parameters), {
      format: 'pt',
      // The file alone says what its rows mean, when another model starts from it.
      ...labelsMetadata(labels.names),
    }),
    ...(thresholds && {
      [FILES.thresholds]: json({
        ...(thresholdsFlip && { flip: true }),
        thresholds: Object.fromEntries(labels.names.map((name, i) => [name, thresholds[i]])),
      }),
    }),
    ...(calibration && { [FILES.calibration]: json(calibrationFile(calibration, labels)) }),
    ...(trainedOn && { [FILES.trainingImages]: json(trainedOn.toFile()) }),
    ...codeFiles(model),
    ...partFiles(model),
    ...(labelGraph && { [FILES.labelGraph]: serialiseSafetensors(labelGraphTensors(labelGraph)) }),
    [FILES.card]: card ?? defaultCard(model),
  };
}

function configFile(model: MultiLabelModel, moduleAt: (module: string) => string): ConfigFile {
  const { labels, parts } = model;
  return {
    model_type: 'polytag',
    polytag_version: VERSION,
    problem_type: 'multi_label_classification',
    backbone: savedPart(parts.backbone, moduleAt),
    head: savedPart(parts.head, moduleAt),
    ...(model.views && { views: model.views }),
    output_space: model.outputSpace,
    scale: model.scale,
    id2label: Object.fromEntries(labels.names.map((name, i) => [String(i), name])),
    label2id: Object.fromEntries(labels.names.map((name, i) => [name, i])),
  };
}

function codeFiles({ parts }: MultiLabelModel): Record<string, Uint8Array> {
  return Object.fromEntries(
    [parts.backbone, parts.head].flatMap(({ code }) => (code ? [...code.files] : [])),
  );
}

/** The files that parts are made of, under the names that `savedPart` gives them. */
function partFiles({ parts }: MultiLabelModel): Record<string, Uint8Array> {
  return Object.fromEntries(
    [parts.backbone, parts.head].flatMap(({ definition, file }) =>
      file ? [[nameOf(definition), file.bytes]] : [],
    ),
  );
}

/** E.g. `backbone.onnx`. */
const nameOf = ({ kind, file }: AnyPartDefinition): string => `${kind}.${file}`;

function savedPart(part: ResolvedPart<PartKind>, moduleAt: (module: string) => string): SavedPart {
  const { definition, module, code, file } = part;
  const options = file ? { ...part.options, file: nameOf(definition) } : part.options;
  if (code) return { name: definition.name, module: `./${code.entry}`, options };
  return { name: definition.name, module: module === undefined ? undefined : moduleAt(module), options };
}

function preprocessorFile({ preprocessing }: MultiLabelModel): PreprocessorFile {
  const { height, width, resize, normalisation } = preprocessing;
  return {
    do_convert_rgb: true,
    do_resize: true,
    ...(resize
      ? {
          size: { shortest_edge: resize.shortSide },
          resample: 3,
          do_center_crop: true,
          crop_size: { height, width },
        }
      : { size: { height, width }, resample: 2 }),
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [...normalisation.mean],
    image_std: [...normalisation.std],
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
