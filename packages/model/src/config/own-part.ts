import { inPart, notPromise, partTitle } from '@polytag/core';
import { builtInParts } from './built-in-parts.js';
import type { PartKind, ResolvedPart } from './resolved-part.js';

const KINDS = ['backbone', 'head'] as const;

interface ModelParts {
  readonly backbone: ResolvedPart<'backbone'>;
  readonly head: ResolvedPart<'head'>;
}

/** Whether a part is the user's: what it throws is its fault, not a defect. */
export const isOwn = (definition: ResolvedPart<PartKind>['definition']): boolean =>
  !(builtInParts as readonly unknown[]).includes(definition);

/**
 * Asks a part for something.
 *
 * @throws PartError `part/threw`, `part/promise`, of the user's own part
 */
export function askPart<T>(
  kind: PartKind,
  { definition, part }: Pick<ResolvedPart<PartKind>, 'definition' | 'part'>,
  what: string,
  run: () => T,
): T {
  if (!isOwn(definition)) return run();
  const title = partTitle(kind, part);
  return notPromise(title, what, inPart(title, what, run));
}

/** Titles of the user's own parts of a model, for errors; undefined if all parts are built in. */
export function ownTitle(
  { parts }: { readonly parts?: ModelParts },
  kinds: readonly ('backbone' | 'head')[] = KINDS,
): string | undefined {
  if (!parts) return undefined;
  const own = kinds.filter((kind) => isOwn(parts[kind].definition));
  return own.map((kind) => partTitle(kind, parts[kind].part)).join(' or ') || undefined;
}
