import { defineBackbone, UNIT, validate, type Backbone } from '@polytag/core';
import { pipe, SpaceToDepth } from '@polytag/layers';
import * as z from 'zod';
import { normalisationSchema } from '../normalisation-schema.js';
import { tresNetBlock, unit } from './block.js';
import { EXPANSION, SIZES, type TResNetPlan, type TResNetSize } from './sizes.js';

/** Options of a TResNet, with their defaults; the size is in the name of the part. */
export const tresNetSchema = z.strictObject({
  /** Layer names and details of the implementation whose weights are loaded. Default `reference`: the authors', Alibaba's and newer timm's. */
  layout: z.enum(['reference', 'timm']).default('reference'),
  /** Epsilon of batch norm. Default 1e-5. */
  epsilon: z.number().positive().optional(),
  /** Momentum of batch norm. Default 0.1. */
  momentum: z.number().min(0).max(1).optional(),
  /** Normalisation of pixels that the weights were trained with. Default: pixels in [0, 1], as Alibaba's; the paper's configs have `HALF`. */
  normalisation: normalisationSchema,
  /** Seed of the initial weights. Default 0. */
  seed: z.int().min(0).default(0),
});
export type TResNetOptions = z.input<typeof tresNetSchema> & {
  /** A published size, or your own plan. */
  readonly size: TResNetSize | TResNetPlan;
};

/** Side of the blocks of pixels that the stem makes channels of. */
const STEM_BLOCK = 4;
const STEM_SLOPE = 1e-2;

/**
 * TResNet (Ridnik et al., "TResNet: High Performance GPU-Dedicated Architecture", 2021; docs/method.md#tresnet-l) up to
 * its feature map. L, the paper's size, has 2048 channels and 44.13 M parameters, M 2048 and 29.34 M. Height and width
 * are reduced by 32; they must be multiples of 4 and at least 20.
 *
 * @throws UsageError `usage/invalid`, `usage/unknown-key`
 */
export function tresNet({ size, ...given }: TResNetOptions): Backbone {
  const options = validate(tresNetSchema, given, { source: 'options of backbone "tresnet"' });
  const { layout, epsilon = 1e-5, momentum = 0.1, normalisation = UNIT, seed } = options;
  const { blocks, planes, first } = typeof size === 'string' ? SIZES[size] : size;
  const shared = { layout, epsilon, momentum, seed };
  return {
    name: typeof size === 'string' ? `tresnet-${size}` : 'tresnet',
    featureChannels: 8 * planes * EXPANSION,
    stride: 32,
    normalisation,
    padding: 'symmetric',
    classifier: 'head.fc',
    apply(image) {
      const stem = [
        new SpaceToDepth({ name: 'body.SpaceToDepth', block: STEM_BLOCK }),
        ...unit({ name: 'body.conv1', kernelSize: 3, filters: planes, slope: STEM_SLOPE }, shared),
      ];
      let x = pipe(image, ...stem);
      for (const [stage, count] of blocks.entries()) {
        for (let position = 0; position < count; position++) {
          x = tresNetBlock(x, {
            ...shared,
            name: `body.layer${stage + 1}.${position}`,
            kind: stage < 2 ? first : 'bottleneck',
            planes: planes * 2 ** stage,
            stride: stage > 0 && position === 0 ? 2 : 1,
            squeeze: stage < 3,
          });
        }
      }
      return x;
    },
  };
}

const define = (size: TResNetSize) =>
  defineBackbone({
    name: `tresnet-${size}`,
    options: tresNetSchema,
    create: (options) => tresNet({ ...options, size }),
  });

/** `tresnet-m` for config files. */
export const tresNetM = define('m');

/** `tresnet-l` for config files: the paper's. */
export const tresNetL = define('l');

/** `tresnet-xl` for config files: ML-Decoder's. */
export const tresNetXL = define('xl');

/** `tresnet-l-v1` for config files: timm's `tresnet_l`. */
export const tresNetLV1 = define('l-v1');

/** `tresnet-xl-v1` for config files: timm's `tresnet_xl`. */
export const tresNetXLV1 = define('xl-v1');
