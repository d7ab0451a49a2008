import type { z } from 'zod';
import { config, safeParse } from 'zod/v4/core';
import english from 'zod/v4/locales/en.js';
import { UsageError } from '../errors/errors.js';
import { printable } from '../text/printable.js';
import { nearest } from './nearest.js';

/** Most faults that one error tells. */
const MOST = 8;

/** What is wrong at one place, in words. */
interface Fault {
  readonly code: 'usage/invalid' | 'usage/unknown-key';
  readonly told: string;
  /** Where the nearest valid key is near enough. */
  readonly meant?: string;
  readonly hint?: string;
}

/**
 * Checks a value against a schema. All problems are reported in one UsageError (`usage/invalid`, `usage/unknown-key`:
 * the code of the first), each with the path, the value and, for an unknown key, the nearest valid one.
 *
 * @param options where the value comes from
 */
export function validate<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
  {
    source,
    path = '',
  }: {
    /** E.g. a file name; starts the message. */
    readonly source: string;
    /** Path of the value in its source, e.g. `model.head.options`. */
    readonly path?: string;
  },
): z.output<Schema> {
  // Schemas of zod/mini, small enough for a page, come without words.
  if (!config().localeError) config(english());
  const result = safeParse(schema, value);
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap(expanded).flatMap(oneKeyEach);
  const faults = issues.slice(0, MOST).map((issue) => faultOf(issue, schema, value, path));
  const [{ code, told, meant, hint }] = faults;
  if (faults.length === 1)
    throw new UsageError(code, `${source}: ${told}.`, {
      hint: meant === undefined ? hint : `Did you mean "${meant}"?`,
    });
  const shown = faults.map((each) => each.told + (each.meant ? ` (did you mean "${each.meant}"?)` : ''));
  const more = issues.length > MOST ? `; and ${issues.length - MOST} more` : '';
  throw new UsageError(code, `${source}: ${issues.length} errors: ${shown.join('; ')}${more}.`, {
    hint: faults.find((each) => each.meant === undefined && each.hint !== undefined)?.hint,
  });
}

const oneKeyEach = (issue: z.core.$ZodIssue): z.core.$ZodIssue[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue];

/** @param issue of one key, when of unknown ones */
function faultOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType, value: unknown, path: string): Fault {
  const at = [path, ...issue.path.map((key) => printable(String(key)))].filter(Boolean);
  if (issue.code === 'unrecognized_keys') {
    const forms = formsAt(schema, issue.path);
    const valid = [...new Set(forms.flat())];
    const key = printable(issue.keys[0]);
    // Another form of the value has it, but not with the keys that are there.
    if (valid.includes(key))
      return {
        code: 'usage/invalid',
        told: `"${[...at, key].join('.')}" cannot be combined with the other keys here`,
        hint: `Keep the keys of one form: ${forms.map((keys) => keys.join(', ')).join('; or ')}.`,
      };
    const near = key.length > 60 ? undefined : nearest(key, valid);
    return {
      code: 'usage/unknown-key',
      told: `unknown key "${[...at, key].join('.')}"`,
      meant: near && [...at, near].join('.'),
      hint: `Valid keys here: ${valid.join(', ')}.`,
    };
  }
  const given = issue.path.reduce<unknown>(
    (inner, key) =>
      Object.hasOwn(Object(inner) as object, key) ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
  const shown = given === undefined ? 'is missing' : `is ${quoted(given)}`;
  return {
    code: 'usage/invalid',
    told: `"${at.join('.') || '(top level)'}" ${shown}: ${printable(wanted(issue.message), 300)}`,
    hint: hintOf(issue, given),
  };
}

/** What was wanted; what is there instead is told before it, and is what a person sees in the file. */
const wanted = (message: string): string =>
  message
    .replace(/^Invalid (input|option): (?=expected )/, '')
    .replace(/^(expected .*), received \w+$/, '$1');

/** What YAML may have read otherwise than it was meant. */
function hintOf(issue: z.core.$ZodIssue, given: unknown): string | undefined {
  // A word of digits is a number, and `on` or `1e5` what they look like.
  const isPlain = typeof given === 'number' || typeof given === 'boolean';
  if (isPlain && wants('string', issue)) return `If it is text, put it in quotes: "${given}".`;
  // `epochs:5` is one word; so are addresses and paths, which nobody means as a group.
  const word = typeof given === 'string' && /^([\w.-]{1,200}):([^\s/\\]\S{0,200})/.exec(given);
  if (word && wants('object', issue))
    return `Write a space after the colon: ${printable(`${word[1]}: ${word[2]}`)}.`;
  return undefined;
}

/** A value as JSON has it, or its kind where JSON has none. */
function quoted(given: unknown): string {
  if (typeof given === 'number') return String(given);
  const kind = `${typeof given === 'object' ? 'an' : 'a'} ${typeof given}`;
  try {
    return printable(JSON.stringify(given) ?? kind);
  } catch {
    // A bigint, or an object that holds itself.
    return kind;
  }
}

const wants = (type: 'string' | 'object', issue: z.core.$ZodIssue): boolean =>
  issue.code === 'invalid_type'
    ? issue.expected === type
    : issue.code === 'invalid_union' && issue.errors.flat().some((one) => wants(type, one));

/** Of a union, the branch that was meant says most: that with the fewest faults inside it. */
function expanded(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isInside = (one: z.core.$ZodIssue) => one.path.length > 0 || one.code === 'unrecognized_keys';
  const branches = issue.errors
    .map((branch) => branch.flatMap(expanded))
    .filter((branch) => branch.length > 0 && branch.every(isInside));
  if (branches.length === 0) return [{ ...issue, message: unionMessage(issue) }];
  const count = (branch: z.core.$ZodIssue[]) =>
    branch.reduce((sum, one) => sum + (one.code === 'unrecognized_keys' ? one.keys.length : 1), 0);
  const depth = (branch: z.core.$ZodIssue[]) => Math.max(...branch.map((one) => one.path.length));
  const meant = branches.reduce((best, one) =>
    count(one) < count(best) || (count(one) === count(best) && depth(one) > depth(best)) ? one : best,
  );
  return meant.map((one) => ({ ...one, path: [...issue.path, ...one.path] }) as z.core.$ZodIssue);
}

/** What a union wants: what the branch says that takes such a value, or else what every branch takes. */
function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  const leaves = (one: z.core.$ZodIssue): z.core.$ZodIssue[] =>
    one.code === 'invalid_union' ? one.errors.flat().flatMap(leaves) : [one];
  const all = leaves(issue);
  const said = all.filter(({ code }) => code !== 'invalid_type' && code !== 'invalid_value');
  if (said.length > 0) return [...new Set(said.map(({ message }) => message))].join(', or ');
  const taken = all.flatMap((one) =>
    one.code === 'invalid_value'
      ? one.values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value)))
      : one.code === 'invalid_type'
        ? [one.expected]
        : [],
  );
  return taken.length === 0 ? issue.message : `expected ${[...new Set(taken)].join(' or ')}`;
}

/** Keys of the object schema at a path; of a union, those of each of its schemas. */
function formsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[][] {
  let here = objectsIn(schema);
  for (const key of path) {
    here = here.flatMap((shape) => (Object.hasOwn(shape, key) ? objectsIn(shape[String(key)]) : []));
  }
  return here.map((shape) => Object.keys(shape));
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
