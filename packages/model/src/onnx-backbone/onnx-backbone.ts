import { normalisationSchema } from '@polytag/backbones';
import {
  defineBackbone,
  IMAGENET,
  NORMALISATIONS,
  UsageError,
  type Backbone,
  type PartFile,
} from '@polytag/core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import * as z from 'zod';
import { Encoder } from './encoder.js';
import { FrozenEncoder } from './frozen-encoder.js';

/** Options of the backbone `onnx`. */
export const onnxBackboneSchema = z.strictObject({
  /** Path of the ONNX file. */
  file: z.string().min(1),
  /** SHA-256 of the file. Default: not compared; a saved model has it. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
    .optional(),
  /** The output that has the features. Default: the only one. */
  output: z.string().min(1).optional(),
  /** How features lie in it. Default: by the number of its axes. */
  layout: z.enum(['tokens', 'map', 'vector']).optional(),
  /** Of a map: [B, C, h, w] or [B, h, w, C]. Default: found by its form. */
  channels: z.enum(['first', 'last']).optional(),
  /** Leading tokens that are no patches. Default: 0, 1 or 5, which leaves a grid first. */
  skipTokens: z.int().min(0).optional(),
  /** What the encoder was trained with. Default: ImageNet statistics; `pixels` where it takes uint8. */
  normalisation: normalisationSchema,
  /** Size of the images, where known. */
  inputHeight: z.int().positive().optional(),
  inputWidth: z.int().positive().optional(),
});

export type OnnxBackboneOptions = z.output<typeof onnxBackboneSchema>;

/** Of a network that takes any size, where nobody says one. */
const USUAL_SIZE = 224;

/**
 * A published encoder in an ONNX file, frozen: onnxruntime computes its features, and a head learns on them.
 *
 * @throws CheckpointError `checkpoint/onnx`, `checkpoint/onnx-opset`, `checkpoint/onnx-input`,
 *   `checkpoint/onnx-external`; EngineError `engine/onnx-runtime-missing`; UsageError `usage/onnx-output`,
 *   `usage/onnx-layout`, `usage/image-size`
 */
export function onnxBackbone(options: OnnxBackboneOptions, { bytes, sha256 }: PartFile): Backbone {
  const { file: source, inputHeight, inputWidth } = options;
  const encoder = new Encoder(bytes, sha256, source, options);
  const { input } = encoder.ports;
  const size = {
    height: inputHeight ?? input.height ?? USUAL_SIZE,
    width: inputWidth ?? input.width ?? USUAL_SIZE,
  };
  const usual = encoder.arrangementFor(size);
  return {
    name: 'onnx',
    featureChannels: usual.channels,
    stride: Math.max(1, Math.round(size.height / usual.height)),
    normalisation: options.normalisation ?? (input.type === 'uint8' ? NORMALISATIONS.pixels : IMAGENET),
    padding: 'symmetric',
    frozen: 'it runs in onnxruntime, which computes no gradients',
    computedBy: encoder.runtime,
    apply(image) {
      const [, height, width] = image.shape;
      if (height === null || width === null) {
        throw new UsageError('usage/open-size', `The image size for ${source} is not set.`, {
          hint: 'Build the model with a height and a width.',
        });
      }
      const isUsual = height === size.height && width === size.width;
      const arrangement = isUsual ? usual : encoder.arrangementFor({ height, width });
      return new FrozenEncoder({ name: 'encoder', encoder, arrangement }).apply(image) as SymbolicTensor;
    },
  };
}

/** `backbone: { onnx: ./encoder.onnx }` in a config file. */
export const onnxBackboneDefinition = defineBackbone({
  name: 'onnx',
  options: onnxBackboneSchema,
  file: 'onnx',
  create: (options, file) => onnxBackbone(options, file!),
});
