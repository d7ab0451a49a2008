import type { z } from 'zod';
import type { Backbone } from './backbone.js';
import type { Head } from './head.js';
import type { Loss } from './loss.js';

/** A schema of zod, or of zod/mini, which is small enough for a page. */
export type OptionsSchema = z.core.$ZodType & {
  parse(value: unknown): unknown;
  safeParse(value: unknown): z.core.util.SafeParseResult<unknown>;
};

/**
 * A part that a config file can name: its options' schema and a factory. The built-in parts are made with
 * the same three functions a user's own module exports its part with.
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
  /** Schema of the options in a config file. Use `z.strictObject`, so that a misspelt key is refused. */
  readonly options: Options;
  /**
   * Of a part that is made of a file. Its options then have `file`, the file's path, relative to the config, and an optional
   * `sha256`, which is filled in and compared. A saved model keeps a copy of the file and reads no other.
   */
  readonly file?: PartFileKind;
  /**
   * Options are validated and have their defaults.
   *
   * @param file the part's file, where it has one
   */
  create(options: z.output<Options>, file?: PartFile): Part;
}

/** The kinds of files that parts are made of, which are their endings. */
export type PartFileKind = 'onnx';

/** The content of a file that a part is made of. */
export interface PartFile {
  readonly bytes: Uint8Array;
  /** Its SHA-256, 64 hexadecimal digits. */
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
