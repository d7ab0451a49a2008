import * as z from 'zod';

const partOptions = z.record(z.string(), z.unknown()).optional();

/**
 * How a config names a backbone, head or loss: a built-in part by name, or a module whose default export is one
 * (made with `defineBackbone`, `defineHead` or `defineLoss`). A module is a path relative to the config file, or
 * a package. The part's own schema checks the options.
 */
export const partReferenceSchema = z.union([
  z.strictObject({ name: z.string().min(1), options: partOptions }),
  z.strictObject({ module: z.string().min(1), options: partOptions }),
]);

export type PartReference = z.output<typeof partReferenceSchema>;

/**
 * A backbone may also be a published encoder in an ONNX file, a path relative to the config file, with the options of the
 * built-in part `onnx` beside it.
 */
const backboneReferenceSchema = z.union([
  ...partReferenceSchema.options,
  z.looseObject({ onnx: z.string().min(1) }).transform(({ onnx: file, ...options }): PartReference => ({
    name: 'onnx',
    options: { file, ...options },
  })),
]);

const npyFile = z.strictObject({ npy: z.string().min(1) });

/** Where the graph head's knowledge about the labels comes from. Rows of a file are in vocabulary order. */
export const labelGraphSchema = z.strictObject({
  /** `one-hot` rows, or a K x D matrix of word vectors. */
  wordVectors: z.union([z.literal('one-hot'), npyFile]).default('one-hot'),
  /** Counted on the training images, or a K x K matrix. */
  cooccurrence: z.union([z.literal('train'), npyFile]).default('train'),
});

export type LabelGraphConfig = z.output<typeof labelGraphSchema>;

/** How often the backbone sees each image, in training and in prediction alike. */
export const viewsSchema = z.strictObject({
  /** At which shares of its height and width, each once. Default [1]: as it is. */
  scales: z
    .array(z.number().min(0.1).max(1))
    .min(1)
    .max(8)
    .refine((scales) => new Set(scales).size === scales.length, 'expected each scale once')
    .default([1]),
  /** Whether its mirror image is seen as well, at each scale. Default false. */
  mirrored: z.boolean().default(false),
});

export type ViewsConfig = z.output<typeof viewsSchema>;

/** The `model` section of a config file. */
export const modelConfigSchema = z.strictObject({
  backbone: backboneReferenceSchema,
  head: partReferenceSchema,
  labelGraph: labelGraphSchema.optional(),
  /** Default: the backbone sees each image once. */
  views: viewsSchema.optional(),
});

export type ModelConfig = z.output<typeof modelConfigSchema>;

/** The parts that a model is built of. */
export type PartsConfig = Pick<ModelConfig, 'backbone' | 'head' | 'views'>;
