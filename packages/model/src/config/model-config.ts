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
 * Image to feature map: `{ name, options }` of a built-in backbone, `{ module, options }` of your own, or `{ onnx, … }`, a
 * published encoder in an ONNX file (docs/architectures.md#a-published-encoder-in-an-onnx-file).
 */
const backboneReferenceSchema = z.union([
  ...partReferenceSchema.options,
  z
    .looseObject({
      /** Path of the ONNX file. */
      onnx: z.string().min(1),
    })
    .transform(({ onnx: file, ...options }): PartReference => ({
      name: 'onnx',
      options: { file, ...options },
    })),
]);

const npyFile = z.strictObject({
  /** Path of a NumPy file. Rows are in the order of the sorted labels. */
  npy: z.string().min(1),
});

/** What the graph head knows about the labels. */
export const labelGraphSchema = z.strictObject({
  /** Word vectors of the labels: one-hot vectors, or a file with a K x D matrix. */
  wordVectors: z.union([z.literal('one-hot'), npyFile]).default('one-hot'),
  /** How often labels occur together: counted on the training images, or a file with a K x K matrix. */
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
  /** Feature map to one number for each label: `{ name, options }`, or `{ module, options }` of your own. */
  head: partReferenceSchema,
  labelGraph: labelGraphSchema.optional(),
  /** Default: the backbone sees each image once. */
  views: viewsSchema.optional(),
});

export type ModelConfig = z.output<typeof modelConfigSchema>;

/** The parts of a model. */
export type PartsConfig = Pick<ModelConfig, 'backbone' | 'head' | 'views'>;
