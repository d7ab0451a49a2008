import { add, mul, tidy } from '@tensorflow/tfjs-core';
import { efficientNetV2, tresNet, vit } from '@polytag/backbones';
import { defineBackbone, HALF, LabelVocabulary, type LabelGraph } from '@polytag/core';
import { buildModel, type MultiLabelModel } from '@polytag/model';
import * as z from 'zod';

const LABELS = ['dog', 'cat', 'person', 'boat', 'tree'];

const matrix = (rows: number, columns: number) => ({
  rows,
  columns,
  values: Float32Array.from({ length: rows * columns }, (_, i) => Math.abs(Math.sin(12.9 * i))),
});
const labelGraph: LabelGraph = {
  cooccurrence: matrix(LABELS.length, LABELS.length),
  wordVectors: matrix(LABELS.length, 3),
};

/** The layers of the large backbones, a few of each and narrow. */
export const smallBackbones = [
  defineBackbone({
    name: 'small-tresnet',
    options: z.strictObject({ seed: z.int().default(0) }),
    create: ({ seed }) => tresNet({ size: { blocks: [1, 1, 1, 1], planes: 8, first: 'basic' }, seed }),
  }),
  defineBackbone({
    name: 'small-tresnet-timm',
    options: z.strictObject({ seed: z.int().default(0) }),
    create: ({ seed }) =>
      tresNet({ size: { blocks: [1, 1, 1, 1], planes: 8, first: 'bottleneck' }, layout: 'timm', seed }),
  }),
  defineBackbone({
    name: 'small-efficientnet',
    options: z.strictObject({ seed: z.int().default(0) }),
    create: ({ seed }) =>
      efficientNetV2({
        size: [
          { kind: 'conv', repeats: 1, stride: 1, expansion: 1, channels: 8 },
          { kind: 'fused', repeats: 2, stride: 2, expansion: 4, channels: 16 },
          { kind: 'mbconv', repeats: 2, stride: 2, expansion: 4, channels: 24 },
        ],
        seed,
      }),
  }),
  defineBackbone({
    name: 'small-vit',
    options: z.strictObject({ seed: z.int().default(0) }),
    create: ({ seed }) =>
      vit({ size: { patch: 16, width: 12, depth: 2, heads: 3, tableSide: 3 }, registers: 2, seed }),
  }),
];

export const BACKBONES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'mobilenet-v3-small': { widthMultiplier: 0.25 },
  'mobilenet-v3-large': { widthMultiplier: 0.25, padding: 'same' },
  'small-tresnet': {},
  'small-tresnet-timm': {},
  'small-efficientnet': {},
};

export const HEADS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  linear: { pooling: 'avg+max' },
  gcn: { hiddenScale: 2 },
  'ml-decoder': { embedding: 16, heads: 2, feedForward: 8, groups: 2 },
  csra: { temperatures: [2, 'max'] },
};

/** A model none of whose weights or statistics has its initial value. */
export async function madeModel(
  backbone: string,
  head: string,
  options: Readonly<Record<string, unknown>> = {},
  size = { height: 64, width: 96 },
  views?: MultiLabelModel['views'],
): Promise<MultiLabelModel> {
  const model = await buildModel(
    {
      backbone: { name: backbone, options: BACKBONES[backbone] },
      head: { name: head, options: { ...HEADS[head], ...options } },
      views,
    },
    { labels: new LabelVocabulary(LABELS), ...size, normalisation: HALF, labelGraph, parts: smallBackbones },
  );
  for (const { variable, trainable } of model.parameters) {
    const shift = trainable ? 0.01 : 0.05;
    tidy(() => void variable.write(add(mul(variable.read(), 0.9), shift)));
  }
  return model;
}
