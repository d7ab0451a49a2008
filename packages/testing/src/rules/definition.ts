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
  if ((typeof subject === 'object' && subject !== null) || typeof subject === 'function') return;
  throw new ConformanceError(
    kind,
    'definition',
    `it is ${String(subject)}: is the part the module's default export?`,
  );
}

/** What `create` gives, which must be a part and not a promise of one. */
export function madeBy<Part>(title: string, part: Part): Part {
  return notPromise(title, 'create', part);
}
