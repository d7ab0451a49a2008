import * as z from 'zod';
import { viewsSchema } from '../config/model-config.js';
import { anyKeys } from './any-keys.js';

/** The version of this package, which a model folder tells. A page has no package.json to ask. */
export const VERSION = '0.1.0';

/** Files of a model folder. */
export const FILES = {
  config: 'config.json',
  preprocessor: 'preprocessor_config.json',
  weights: 'model.safetensors',
  thresholds: 'thresholds.json',
  calibration: 'calibration.json',
  trainingImages: 'training_images.json',
  labelGraph: 'label_graph.safetensors',
  /** What a backbone is made of, where that is an ONNX file. */
  onnx: 'backbone.onnx',
  card: 'README.md',
} as const;

/** Path of a file of a folder in errors. */
export const pathIn = (folder: string, name: string): string => `${folder.replace(/\/$/, '')}/${name}`;

/** Hints for files that cannot be read. */
export const DAMAGED = 'The file is damaged: copy the folder again.';
export const NOT_OURS = 'The folder was not written by saveModel, or by a newer version.';

/** The files of own parts that `saveModel` writes. */
export const isCode = (name: string): boolean => /^(backbone|head)(-\d+)?\.([cm]?[jt]s|json)$/.test(name);

/** A part as a model folder names it: the built-in one, or one of a module relative to the folder. */
const savedPartSchema = z.object({
  name: z.string(),
  /** A path relative to the model folder, or a package. */
  module: z.string().optional(),
  options: z.record(z.string(), z.unknown()),
});

export type SavedPart = z.output<typeof savedPartSchema>;

/** `config.json`. Keys that other programs may add are left alone. */
export const configFileSchema = z.object({
  model_type: z.literal('polytag'),
  polytag_version: z.string(),
  problem_type: z.literal('multi_label_classification'),
  backbone: savedPartSchema,
  head: savedPartSchema,
  /** Where the backbone sees each image more than once. */
  views: viewsSchema.optional(),
  /** What the outputs are; probability = sigmoid(scale · output). */
  output_space: z.enum(['logits', 'cosines']),
  scale: z.number(),
  id2label: anyKeys(z.string()),
  label2id: anyKeys(z.int()),
});

export type ConfigFile = z.output<typeof configFileSchema>;
