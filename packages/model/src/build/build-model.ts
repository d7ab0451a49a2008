import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  UsageError,
  type Backbone,
  type Head,
  type LabelGraph,
  type LabelVocabulary,
  type PixelNormalisation,
  type Preprocessing,
} from '@polytag/core';
import type { ModelConfig } from '../config/model-config.js';
import { resolvePart, type AnyPartDefinition, type ResolvedPart } from '../config/resolve-part.js';
import { MultiLabelModel } from '../multi-label-model.js';

export interface BuildModelOptions {
  readonly labels: LabelVocabulary;
  /** Size of the network's images, pixels. */
  readonly height: number;
  readonly width: number;
  /** Default: what the backbone's published weights were trained with. */
  readonly normalisation?: PixelNormalisation;
  /** Seeds initial weights and dropout where the config does not. Default 0. */
  readonly seed?: number;
  /** What is known about the labels (see `readLabelGraph`); the graph head needs it. */
  readonly labelGraph?: LabelGraph;
  /** Folder that modules of the config are relative to. Default: the working folder. */
  readonly baseFolder?: string;
  /** Parts of your own that the config may name, beside the built-in ones. */
  readonly parts?: readonly AnyPartDefinition[];
  /** What errors call the config, e.g. its file name. */
  readonly source?: string;
}

/**
 * Builds a model with new weights: a pure function of config, options and seed.
 *
 * @throws UsageError as `resolvePart`; `usage/part-shape` when a part gives another shape than it says
 */
export async function buildModel(
  config: Pick<ModelConfig, 'backbone' | 'head'>,
  options: BuildModelOptions,
): Promise<MultiLabelModel> {
  const { seed = 0, height, width } = options;
  const defaults = { seed, inputHeight: height };
  const backbone = await resolvePart('backbone', config.backbone, { ...options, defaults });
  const head = await resolvePart('head', config.head, { ...options, defaults: { seed } });
  const preprocessing = {
    height,
    width,
    normalisation: options.normalisation ?? backbone.part.normalisation,
  };
  return assemble(backbone, head, preprocessing, { ...options, seed });
}

/** Connects parts that are already made. */
export function assemble(
  backbone: ResolvedPart<'backbone'>,
  head: ResolvedPart<'head'>,
  preprocessing: Preprocessing,
  { labels, seed, labelGraph }: { labels: LabelVocabulary; seed: number; labelGraph?: LabelGraph },
): MultiLabelModel {
  const image = input({ shape: [preprocessing.height, preprocessing.width, 3], name: 'image' });
  const featureMap = checkedFeatureMap(backbone.part, backbone.part.apply(image));
  const outputs = checkedOutputs(
    head.part,
    head.part.apply(featureMap, { labels, seed, backbone: backbone.part, labelGraph }),
    labels.size,
  );
  return new MultiLabelModel({
    network: model({ inputs: image, outputs, name: 'polytag' }),
    features: model({ inputs: image, outputs: featureMap, name: 'polytag_features' }),
    backbone,
    head,
    labels,
    preprocessing,
    labelGraph,
  });
}

function checkedFeatureMap(backbone: Backbone, featureMap: SymbolicTensor): SymbolicTensor {
  const { shape } = featureMap;
  if (shape.length === 4 && shape[3] === backbone.featureChannels) return featureMap;
  throw new UsageError(
    'usage/part-shape',
    `The backbone "${backbone.name}" gives [${shape.join(', ')}], not [B, h, w, ${backbone.featureChannels}].`,
    { hint: 'Its featureChannels must be the channels of the map that apply returns.' },
  );
}

function checkedOutputs(head: Head, outputs: SymbolicTensor, classes: number): SymbolicTensor {
  const { shape } = outputs;
  if (shape.length === 2 && shape[1] === classes) return outputs;
  throw new UsageError(
    'usage/part-shape',
    `The head "${head.name}" gives [${shape.join(', ')}] for ${classes} labels, not [B, ${classes}].`,
    { hint: 'apply must return one number per label: its context has the labels.' },
  );
}
