import type { z } from 'zod';
import { config, safeParse } from 'zod/v4/core';
import english from 'zod/v4/locales/en.js';
import { UsageError } from '../errors/errors.js';
import { printable } from '../text/printable.js';
import { nearest } from './nearest.js';

/**
 * Checks a value against a schema. The first fault becomes a UsageError (`usage/invalid`) that names the
 * path, the value and, for an unknown key, the nearest valid one.
 *
 * @param source where the value comes from, e.g. a file name: the message starts with it
 * @param path path of the value inside its source, e.g. `model.head.options`
 */
export function validate<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
  { source, path = '' }: { readonly source: string; readonly path?: string },
): z.output<Schema> {
  // Schemas of zod/mini, small enough for a page, come without words.
  if (!config().localeError) config(english());
  const result = safeParse(schema, value);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues[0]);
  const at = [path, ...issue.path.map((key) => printable(String(key)))].filter(Boolean);
  if (issue.code === 'unrecognized_keys') {
    const key = printable(issue.keys[0]);
    const valid = keysAt(schema, issue.path);
    const meant = key.length > 60 ? undefined : nearest(key, valid);
    throw new UsageError('usage/unknown-key', `${source}: unknown key "${[...at, key].join('.')}".`, {
      hint: meant ? `Did you mean "${[...at, meant].join('.')}"?` : `Valid keys here: ${valid.join(', ')}.`,
    });
  }
  const given = issue.path.reduce<unknown>(
    (inner, key) =>
      Object.hasOwn(Object(inner) as object, key) ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
  const shown = given === undefined ? 'is missing' : `is ${printable(JSON.stringify(given) ?? typeof given)}`;
  const isPlain = typeof given === 'number' || typeof given === 'boolean';
  throw new UsageError(
    'usage/invalid',
    `${source}: "${at.join('.') || '(top level)'}" ${shown}: ${printable(issue.message, 300)}.`,
    // YAML takes a word of digits for a number, and `on` or `1e5` for what they look like.
    wantsText(issue) && isPlain ? { hint: `If it is a text, put it in quotes: "${given}".` } : {},
  );
}

const wantsText = (issue: z.core.$ZodIssue): boolean =>
  issue.code === 'invalid_type'
    ? issue.expected === 'string'
    : issue.code === 'invalid_union' && issue.errors.flat().some(wantsText);

/** Inside a union, the branch that got furthest says most. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat();
  if (inner.length === 0) return issue;
  const rank = (one: z.core.$ZodIssue) => one.path.length + (one.code === 'unrecognized_keys' ? 0.5 : 0);
  const furthest = inner.reduce((best, one) => (rank(one) > rank(best) ? one : best));
  const found = deepest(furthest);
  if (found.path.length === 0 && found.code !== 'unrecognized_keys') return issue;
  return { ...found, path: [...issue.path, ...found.path] } as z.core.$ZodIssue;
}

/** Keys of the object schema at a path; schemas of a union are taken together. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let here = objectsIn(schema);
  for (const key of path) {
    here = here.flatMap((shape) => (Object.hasOwn(shape, key) ? objectsIn(shape[String(key)]) : []));
  }
  return [...new Set(here.flatMap((shape) => Object.keys(shape)))];
}

type Shape = Record<string, z.core.$ZodType>;

function objectsIn(schema: z.core.$ZodType): Shape[] {
  const definition = schema._zod.def as unknown as {
    type: string;
    shape?: Shape;
    innerType?: z.core.$ZodType;
    in?: z.core.$ZodType;
    options?: z.core.$ZodType[];
  };
  if (definition.shape) return [definition.shape];
  if (definition.options) return definition.options.flatMap(objectsIn);
  if (definition.innerType) return objectsIn(definition.innerType);
  if (definition.in) return objectsIn(definition.in);
  return [];
}
