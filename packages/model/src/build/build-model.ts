import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  applyHead,
  PartError,
  partTitle,
  shapeText,
  tooShort,
  UsageError,
  type Backbone,
  type Head,
  type LabelGraph,
  type LabelVocabulary,
  type PixelNormalisation,
  type Preprocessing,
} from '@polytag/core';
import {
  ClassTokenRow,
  MapBelowRow,
  markOwnLayers,
  TokenOfRow,
  topologicalOrder,
  type Subgraph,
  withEmptyWeights,
} from '@polytag/layers';
import type { PartsConfig, ViewsConfig } from '../config/model-config.js';
import { askPart, isOwn } from '../config/own-part.js';
import { resolvePart } from '../config/resolve-part.js';
import type { AnyPartDefinition, ResolvedPart } from '../config/resolved-part.js';
import { MultiLabelModel } from '../multi-label-model.js';
import { seededRandom } from './seeded-random.js';
import { featuresOfViews, isOneView, type BackboneFeatures } from './several-views.js';

export interface BuildModelOptions {
  readonly labels: LabelVocabulary;
  /** Height of the network's images, pixels. */
  readonly height: number;
  readonly width: number;
  /** Default: images are stretched to height and width; see `Preprocessing`. */
  readonly resize?: Preprocessing['resize'];
  /** Default: the normalisation of the backbone's published weights. */
  readonly normalisation?: PixelNormalisation;
  /** Seed for initial weights and dropout, unless the config has one. Default 0. */
  readonly seed?: number;
  /** Data about the labels (see `readLabelGraph`), required by the graph head. */
  readonly labelGraph?: LabelGraph;
  /** Folder to which module paths in the config are relative. Default: the working folder. */
  readonly baseFolder?: string;
  /** Your own parts that the config may name, in addition to the built-in ones. */
  readonly parts?: readonly AnyPartDefinition[];
  /** Name of the config in errors, e.g. its file name. */
  readonly source?: string;
  /**
   * Whether to initialise the weights. With false they are zero; use it if all weights are loaded next, or only shapes
   * are needed. Default true.
   */
  readonly initialWeights?: boolean;
}

/**
 * Builds a model with new weights. The same config, options and seed give the same weights.
 *
 * @throws UsageError, PartError as `resolvePart`; UsageError `usage/no-class-token` if the head needs a class token and
 * the backbone has none; PartError `part/shape` if a part returns another shape than it declares
 * @example
 * const model = await buildModel(
 *   { backbone: { name: 'mobilenet-v3-small' }, head: { name: 'linear', options: { space: 'cosines' } } },
 *   { labels: new LabelVocabulary(['cat', 'dog']), height: 224, width: 224, seed: 1 },
 * );
 */
export async function buildModel(config: PartsConfig, options: BuildModelOptions): Promise<MultiLabelModel> {
  const { seed = 0, height, width } = options;
  const defaults = { seed, inputHeight: height, inputWidth: width };
  const backbone = await resolvePart('backbone', config.backbone, { ...options, defaults });
  const head = await resolvePart('head', config.head, { ...options, defaults: { seed } });
  const preprocessing: Preprocessing = {
    height,
    width,
    ...(options.resize && { resize: options.resize }),
    normalisation: options.normalisation ?? backbone.part.normalisation,
  };
  const short = tooShort(preprocessing);
  if (short !== undefined) {
    throw new UsageError('usage/invalid', `${options.source ?? 'buildModel'}: ${short}.`, {
      hint: 'Take a longer short side, or a smaller height and width.',
    });
  }
  const make = () => assemble(backbone, head, preprocessing, { ...options, seed, views: config.views });
  return options.initialWeights === false ? withEmptyWeights(make) : make();
}

/** Connects parts that are already made. */
export function assemble(
  backbone: ResolvedPart<'backbone'>,
  head: ResolvedPart<'head'>,
  preprocessing: Preprocessing,
  {
    labels,
    seed,
    labelGraph,
    views: asked,
  }: { labels: LabelVocabulary; seed: number; labelGraph?: LabelGraph; views?: ViewsConfig },
): MultiLabelModel {
  const views = asked && !isOneView(asked) ? asked : undefined;
  const image = input({ shape: [preprocessing.height, preprocessing.width, 3], name: 'image' });
  const given = askPart('backbone', backbone, 'apply', () =>
    seededRandom(seed, 'backbone', () => {
      const features = (view: SymbolicTensor) => {
        const once = featuresOf(backbone.part, head.part, view);
        return { ...once, featureMap: checkedFeatureMap(backbone.part, once.featureMap) };
      };
      return views ? featuresOfViews(backbone.part, image, views, features) : features(image);
    }),
  );
  const { featureMap } = given;
  const read: { cut: SymbolicTensor } & BackboneFeatures = given.classToken
    ? withClassToken(featureMap, given.classToken)
    : { cut: featureMap, featureMap };
  const context = { labels, seed, backbone: backbone.part, labelGraph, classToken: read.classToken };
  const applied = askPart('head', head, 'apply', () =>
    seededRandom(seed, 'head', () => applyHead(head.part, read.featureMap, context)),
  );
  const outputs = checkedOutputs(head.part, applied.outputs, labels.size);
  // Layers that do not come from the image show when they are put together.
  const features = askPart('backbone', backbone, 'apply', () =>
    model({ inputs: image, outputs: featureMap, name: 'polytag_features' }),
  );
  const headInputs =
    read.cut === featureMap
      ? features
      : model({ inputs: image, outputs: read.cut, name: 'polytag_head_inputs' });
  const network = askPart('head', head, 'apply', () => model({ inputs: image, outputs, name: 'polytag' }));
  if (isOwn(backbone.definition)) markOwnLayers(layersOf(headInputs), partTitle('backbone', backbone.part));
  if (isOwn(head.definition)) {
    markOwnLayers(
      layersOf({ inputs: headInputs.outputs, outputs: network.outputs }),
      partTitle('head', head.part),
    );
  }
  const { scale, byLabel, heatMaps, readsMean } = applied;
  return new MultiLabelModel({
    network,
    features,
    headInputs,
    backbone,
    head,
    scale,
    byLabel,
    heatMaps,
    readsMean,
    labels,
    preprocessing,
    labelGraph,
    views,
  });
}

const layersOf = (part: Subgraph) => topologicalOrder(part).map(({ layer }) => layer);

/**
 * What the backbone gives to a head: the feature map, and the class token where the head needs it.
 *
 * @throws UsageError `usage/no-class-token`
 */
function featuresOf(backbone: Backbone, head: Head, image: SymbolicTensor): BackboneFeatures {
  if (!head.needsClassToken) return { featureMap: backbone.apply(image) };
  if (backbone.applyWithClassToken) return backbone.applyWithClassToken(image);
  throw new UsageError(
    'usage/no-class-token',
    `The ${partTitle('head', head)} reads a class token, and the ${partTitle('backbone', backbone)} has none.`,
    { hint: 'Vision transformers have one, e.g. vit-s-14. For this backbone take the head linear.' },
  );
}

/** Map and class token of a head that reads both, from one tensor, which is what is cached. */
function withClassToken(map: SymbolicTensor, token: SymbolicTensor) {
  const cut = new ClassTokenRow({ name: 'class_token_row' }).apply([token, map]) as SymbolicTensor;
  return {
    cut,
    featureMap: new MapBelowRow({ name: 'map_below_row' }).apply(cut) as SymbolicTensor,
    classToken: new TokenOfRow({ name: 'token_of_row' }).apply(cut) as SymbolicTensor,
  };
}

function checkedFeatureMap(backbone: Backbone, featureMap: SymbolicTensor): SymbolicTensor {
  const { featureChannels } = backbone;
  const shape = shapeOf(featureMap);
  if (shape?.length === 4 && shape[3] === featureChannels) return featureMap;
  throw new PartError(
    'part/shape',
    `The ${partTitle('backbone', backbone)} gives ${told(shape)}, not [B, h, w, ${featureChannels}].`,
    {
      hint:
        shape === undefined
          ? 'Return from apply what the last layer’s own apply returns, without async.'
          : 'Its featureChannels must be the channels of the map that apply returns.',
    },
  );
}

function checkedOutputs(head: Head, outputs: SymbolicTensor, classes: number): SymbolicTensor {
  const shape = shapeOf(outputs);
  if (shape?.length === 2 && shape[1] === classes) return outputs;
  throw new PartError(
    'part/shape',
    `The ${partTitle('head', head)} gives ${told(shape)} for ${classes} labels, not [B, ${classes}].`,
    {
      hint:
        shape === undefined
          ? 'Return from apply what the last layer’s own apply returns, without async.'
          : 'The outputs of apply must be one number per label: its context has the labels.',
    },
  );
}

/** Of one symbolic tensor; undefined where something else was returned. */
const shapeOf = (value: unknown): readonly (number | null)[] | undefined => {
  const { shape, sourceLayer } = (value ?? {}) as Partial<SymbolicTensor>;
  return Array.isArray(shape) && sourceLayer !== undefined ? (shape as (number | null)[]) : undefined;
};

const told = (shape: readonly (number | null)[] | undefined): string =>
  shape === undefined ? 'no output of a layer' : shapeText(shape);
