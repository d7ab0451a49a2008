import { notPromise, type PartDefinition } from '@polytag/core';
import { ConformanceError, type Demand } from './conformance-error.js';

/** An option that no part has. */
const UNKNOWN = 'anOptionThatNoPartHas';

/** Checks what a config file relies on in a definition. Returns the options with their defaults. */
export function checkOptions(
  definition: PartDefinition<string, unknown>,
  kind: string,
  options: unknown,
  demand: Demand,
): unknown {
  demand(
    'definition',
    definition.kind === kind,
    `its kind is ${JSON.stringify(definition.kind)}, not "${kind}"`,
  );
  demand('definition', typeof definition.name === 'string' && definition.name !== '', 'it has no name');
  const given = (options ?? {}) as object;
  const parsed = definition.options.safeParse(given);
  demand(
    'definition',
    parsed.success,
    () => `its schema refuses ${JSON.stringify(given)}: ${parsed.error?.message}`,
  );
  const misspelt = definition.options.safeParse({ ...given, [UNKNOWN]: true });
  demand('definition', !misspelt.success, 'its schema lets a misspelt option pass; use z.strictObject');
  return parsed.data;
}

/** What an import gives where a module exports its part by name alone, or something else. */
export function demandExport(subject: unknown, kind: string): void {
  if (typeof subject === 'function') return;
  const fault = (detail: string) => new ConformanceError(kind, 'definition', detail);
  if (typeof subject !== 'object' || subject === null)
    throw fault(`it is ${String(subject)}: is the part the module's default export?`);
  const { name, create, options } = subject as Record<string, unknown>;
  const isDefinition = 'create' in subject;
  if (typeof name !== 'string' && !isDefinition && !('space' in subject) && !('apply' in subject))
    throw fault(
      `it is an object with ${Object.keys(subject).slice(0, 5).join(', ') || 'nothing in it'}: give the part itself, the module's default export`,
    );
  if (isDefinition && typeof create !== 'function') throw fault('its "create" is no function');
  if (isDefinition && typeof (options as { safeParse?: unknown } | undefined)?.safeParse !== 'function')
    throw fault('its "options" are no schema of zod');
}

/** A part must be an object. */
export function demandPart(kind: string, part: unknown): void {
  if (typeof part === 'object' && part !== null) return;
  throw new ConformanceError(
    kind,
    'contract',
    `the function that makes it gives ${String(part)}, not a ${kind}`,
  );
}

/** What `create` gives, which must be a part and not a promise of one. */
export function madeBy<Part>(title: string, part: Part): Part {
  const made: unknown = notPromise(title, 'create', part);
  if (typeof made !== 'object' || made === null)
    throw new ConformanceError(title, 'definition', `its create gives ${String(made)}, not a part`);
  return part;
}

/** What `apply` gives is the output of a layer. */
export function demandSymbolic(what: string, value: unknown, demand: Demand): void {
  const isTensor = typeof value === 'object' && value !== null && 'dataId' in value;
  const isSymbolic = typeof value === 'object' && value !== null && 'sourceLayer' in value;
  const told = isTensor ? 'a tensor with values' : String(value);
  demand('shape', isSymbolic, `${what} gives ${told}, not the output of a layer`);
}
