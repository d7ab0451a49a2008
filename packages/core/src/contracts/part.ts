import type { z } from 'zod';
import type { Backbone } from './backbone.js';
import type { Head } from './head.js';
import type { Loss } from './loss.js';

/** A zod schema, or one of zod/mini, which is small enough for a page. */
export type OptionsSchema = z.core.$ZodType & {
  parse(value: unknown): unknown;
  safeParse(value: unknown): z.core.util.SafeParseResult<unknown>;
};

/**
 * A part that a config file can name: a schema for its options, and a factory. Built-in parts are defined with the same
 * functions as your own.
 *
 * @example
 * export default defineHead({
 *   name: 'mean',
 *   options: z.strictObject({}),
 *   create: () => ({
 *     name: 'mean',
 *     space: 'logits',
 *     apply: (featureMap, { labels }) => …, // [B, labels.size]
 *   }),
 * });
 */
export interface PartDefinition<Kind extends string, Part, Options extends OptionsSchema = OptionsSchema> {
  readonly kind: Kind;
  readonly name: string;
  /** Schema of the options in a config file. Use `z.strictObject`, so that misspelt keys are rejected. */
  readonly options: Options;
  /**
   * Kind of file that the part is loaded from, if any. Its options then have `file`, a path relative to the config, and
   * an optional `sha256`, which is filled in and compared. A saved model keeps a copy of the file.
   */
  readonly file?: PartFileKind;
  /**
   * Creates the part. Options are validated and have their defaults.
   *
   * @param file the part's file, if it has one
   */
  create(options: z.output<Options>, file?: PartFile): Part;
}

/** Kinds of files that parts can be loaded from, named by their extension. */
export type PartFileKind = 'onnx';

/** Content of a part's file. */
export interface PartFile {
  readonly bytes: Uint8Array;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  readonly sha256: string;
}

export type BackboneDefinition<Options extends OptionsSchema = OptionsSchema> = PartDefinition<
  'backbone',
  Backbone,
  Options
>;
export type HeadDefinition<Options extends OptionsSchema = OptionsSchema> = PartDefinition<
  'head',
  Head,
  Options
>;
export type LossDefinition<Options extends OptionsSchema = OptionsSchema> = PartDefinition<
  'loss',
  Loss,
  Options
>;

export function defineBackbone<Options extends OptionsSchema>(
  part: Omit<BackboneDefinition<Options>, 'kind'>,
): BackboneDefinition<Options> {
  return { kind: 'backbone', ...part };
}

export function defineHead<Options extends OptionsSchema>(
  part: Omit<HeadDefinition<Options>, 'kind'>,
): HeadDefinition<Options> {
  return { kind: 'head', ...part };
}

export function defineLoss<Options extends OptionsSchema>(
  part: Omit<LossDefinition<Options>, 'kind'>,
): LossDefinition<Options> {
  return { kind: 'loss', ...part };
}
