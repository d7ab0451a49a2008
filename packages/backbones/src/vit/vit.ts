import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { defineBackbone, IMAGENET, UsageError, validate, type Backbone } from '@polytag/core';
import {
  Activation,
  AddResidual,
  FirstToken,
  LayerNorm,
  LayerScale,
  Linear,
  normal,
  PatchEmbedding,
  PatchMap,
  pipe,
  SelfAttention,
  zeros,
} from '@polytag/layers';
import * as z from 'zod';
import { normalisationSchema } from '../normalisation-schema.js';
import { POSITION_RULES } from './position-table.js';
import { REGISTERS, SIZES, type ViTPlan, type ViTSize } from './sizes.js';
import { ViTTokens } from './vit-tokens.js';

/** Options of a vision transformer, with their defaults; size and registers are in the name of the part. */
export const vitSchema = z.strictObject({
  /**
   * How positions are interpolated to the size of the images: as DINOv2's own code does it for models without registers
   * (`offset`) and with them (`antialias`), or as transformers does it for those without (`size`). Default: DINOv2's.
   */
  positions: z.enum(POSITION_RULES).optional(),
  /** Epsilon of layer norm. Default 1e-6. */
  epsilon: z.number().positive().default(1e-6),
  /** Normalisation of pixels that the weights were trained with. Default: ImageNet statistics. */
  normalisation: normalisationSchema,
  /** Seed of the initial weights. Default 0. */
  seed: z.int().min(0).default(0),
});
export type ViTOptions = z.input<typeof vitSchema> & {
  /** A published size, or your own plan. */
  readonly size: ViTSize | ViTPlan;
  /** Number of register tokens. Default 0. */
  readonly registers?: number;
};

/** Standard deviation of new linear maps. PyTorch cuts the normal distribution at ±2, a hundred times as far out. */
const LINEAR_STD = 0.02;

/**
 * Vision transformer in the layout of DINOv2 (Dosovitskiy et al., "An Image is Worth 16x16 Words", 2021; Oquab et al.,
 * "DINOv2", 2023; docs/method.md#vit). The feature map consists of the patch tokens after the last norm, one cell per
 * patch; the class token is available too. Height and width must be multiples of the patch size. Layer names are the
 * keys of DINOv2's own files; those of transformers' Dinov2 models load too.
 *
 * S has 22.06 M parameters, B 86.58 M, L 304.4 M. Initial weights: normal with deviation 0.02, biases 0, LayerScale 1.
 *
 * @throws UsageError `usage/invalid`, `usage/unknown-key`; `usage/heads` if the heads do not divide the width
 */
export function vit({ size, registers = 0, ...given }: ViTOptions): Backbone {
  const options = validate(vitSchema, given, { source: 'options of backbone "vit"' });
  const plan = typeof size === 'string' ? SIZES[size] : size;
  const { patch, width, depth, heads, mlpRatio = 4, tableSide, qkvBias = true, layerScale = true } = plan;
  if (width % heads !== 0) {
    throw new UsageError(
      'usage/heads',
      `backbone "vit": the width ${width} is not divisible by ${heads} heads`,
    );
  }
  const { epsilon, seed, normalisation = IMAGENET } = options;
  const positions = options.positions ?? (registers > 0 ? 'antialias' : 'offset');

  const norm = (name: string, alias: string) => new LayerNorm({ name, alias, epsilon, seed });
  const linear = (name: string, units: number, alias: string | readonly string[], bias = true) =>
    new Linear({
      name,
      alias,
      units,
      bias,
      initialiser: normal(LINEAR_STD),
      biasInitialiser: zeros,
      seed,
    });
  const scale = (name: string, alias: string) => (layerScale ? [new LayerScale({ name, alias, seed })] : []);
  const sum = (name: string, branch: SymbolicTensor, shortcut: SymbolicTensor) =>
    new AddResidual({ name }).apply([branch, shortcut]) as SymbolicTensor;

  function block(x: SymbolicTensor, index: number): SymbolicTensor {
    const [own, theirs] = [`blocks.${index}`, `encoder.layer.${index}`];
    const qkv = ['query', 'key', 'value'].map((part) => `${theirs}.attention.attention.${part}`);
    const attention: layers.Layer[] = [
      norm(`${own}.norm1`, `${theirs}.norm1`),
      linear(`${own}.attn.qkv`, 3 * width, qkv, qkvBias),
      new SelfAttention({ name: `${own}.attn.heads`, heads }),
      linear(`${own}.attn.proj`, width, `${theirs}.attention.output.dense`),
      ...scale(`${own}.ls1`, `${theirs}.layer_scale1`),
    ];
    const attended = sum(`${own}.sum1`, pipe(x, ...attention), x);
    const feedForward: layers.Layer[] = [
      norm(`${own}.norm2`, `${theirs}.norm2`),
      linear(`${own}.mlp.fc1`, mlpRatio * width, `${theirs}.mlp.fc1`),
      new Activation({ name: `${own}.mlp.act`, activation: 'gelu' }),
      linear(`${own}.mlp.fc2`, width, `${theirs}.mlp.fc2`),
      ...scale(`${own}.ls2`, `${theirs}.layer_scale2`),
    ];
    return sum(`${own}.sum2`, pipe(attended, ...feedForward), attended);
  }

  function tokensOf(image: SymbolicTensor) {
    const patches = new PatchEmbedding({
      name: 'patch_embed.proj',
      alias: 'embeddings.patch_embeddings.projection',
      patch,
      units: width,
      seed,
    }).apply(image) as SymbolicTensor;
    let x = new ViTTokens({ name: 'tokens', tableSide, registers, positions, seed }).apply(
      patches,
    ) as SymbolicTensor;
    for (let index = 0; index < depth; index++) x = block(x, index);
    const tokens = norm('norm', 'layernorm').apply(x) as SymbolicTensor;
    return {
      tokens,
      featureMap: new PatchMap({ name: 'patch_map' }).apply([tokens, patches]) as SymbolicTensor,
    };
  }

  return {
    name: typeof size === 'string' ? `vit-${size}${registers > 0 ? '-reg' : ''}` : 'vit',
    featureChannels: width,
    stride: patch,
    normalisation,
    padding: 'symmetric',
    apply: (image) => tokensOf(image).featureMap,
    applyWithClassToken(image) {
      const { tokens, featureMap } = tokensOf(image);
      return {
        featureMap,
        classToken: new FirstToken({ name: 'class_token' }).apply(tokens) as SymbolicTensor,
      };
    },
  };
}

const define = (size: ViTSize, registers: number) =>
  defineBackbone({
    name: `vit-${size}${registers > 0 ? '-reg' : ''}`,
    options: vitSchema,
    create: (options) => vit({ ...options, size, registers }),
  });

/** `vit-s-14` for config files. */
export const vitS14 = define('s-14', 0);

/** `vit-s-14-reg` for config files, with four registers. */
export const vitS14Reg = define('s-14', REGISTERS);

/** `vit-b-14` for config files. */
export const vitB14 = define('b-14', 0);

/** `vit-b-14-reg` for config files, with four registers. */
export const vitB14Reg = define('b-14', REGISTERS);

/** `vit-l-14` for config files. */
export const vitL14 = define('l-14', 0);

/** `vit-l-14-reg` for config files, with four registers. */
export const vitL14Reg = define('l-14', REGISTERS);
