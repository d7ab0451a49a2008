import { printable, UsageError } from '@polytag/core';
import { parseYaml, YamlFault } from './parse-yaml.js';

type Tree = { [key: string]: unknown };

/** Keys that every object has from the start. None is a config key. */
const CLOSED = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Applies `--set a.b.c=value` to a config and returns the result; the given config is unchanged. The value is read as
 * YAML, so numbers, booleans, lists and `{…}` work. Missing parents are created.
 *
 * @throws UsageError `usage/set` when the assignment has no `=`, its path runs through a plain value or names a key such
 *   as `__proto__`, or its value is not YAML
 */
export function setOption(config: unknown, assignment: string): unknown {
  const shown = `--set ${printable(assignment)}`;
  const at = assignment.indexOf('=');
  const keys = assignment.slice(0, at).split('.');
  if (at < 1 || keys.includes('')) {
    throw new UsageError('usage/set', `${shown}: expected KEY=VALUE.`, {
      hint: 'For example: --set training.epochs=5.',
    });
  }
  const closed = keys.find((key) => CLOSED.has(key));
  if (closed) throw new UsageError('usage/set', `${shown}: "${closed}" is not a config key.`);
  const value = valueOf(assignment.slice(at + 1), shown);
  const root: Tree = structuredClone((config ?? {}) as Tree);
  let here = root;
  for (const [i, key] of keys.entries()) {
    if (Array.isArray(here) && !(/^\d+$/.test(key) && Number(key) <= here.length)) {
      throw new UsageError('usage/set', `${shown}: "${printable(key)}" is not a position in a list.`, {
        hint: `Positions are counted from 0; this list has ${here.length}.`,
      });
    }
    if (i === keys.length - 1) break;
    here[key] ??= {};
    if (typeof here[key] !== 'object') {
      throw new UsageError(
        'usage/set',
        `${shown}: "${printable(key)}" is a value, not a group of keys.`,
        // What is switched off has no keys yet.
        typeof here[key] === 'boolean'
          ? { hint: `Set it as a whole: --set '${wholeOf(assignment, i)}'.` }
          : {},
      );
    }
    here = here[key] as Tree;
  }
  here[keys[keys.length - 1]] = value;
  return root;
}

/** The assignment `a.b.c=1` with all that is below the key at `index` in braces: `a.b={c: 1}`. */
function wholeOf(assignment: string, index: number): string {
  const at = assignment.indexOf('=');
  const keys = assignment.slice(0, at).split('.');
  const inside = keys
    .slice(index + 1)
    .reduceRight((value, key) => `{${key}: ${value}}`, assignment.slice(at + 1));
  return printable(`${keys.slice(0, index + 1).join('.')}=${inside}`);
}

function valueOf(text: string, shown: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlFault)) throw cause;
    const place = `line ${cause.line}, column ${cause.column} of the value`;
    throw new UsageError(
      'usage/set',
      `${shown}: the value cannot be read as YAML (${place}): ${cause.message}.`,
      {
        hint: cause.hint ?? 'Put text with special characters in quotes: --set \'key="*text"\'.',
        cause,
      },
    );
  }
}
