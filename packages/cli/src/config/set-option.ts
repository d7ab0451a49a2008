import { UsageError } from '@polytag/core';
import { parse } from 'yaml';

type Tree = { [key: string]: unknown };

/**
 * Applies `--set a.b.c=value` to a config, without changing the one given. The value is read as YAML, so
 * numbers, booleans, lists and `{…}` work; missing parents are made.
 *
 * @throws UsageError when the assignment has no `=` or its path runs through a plain value
 */
export function setOption(config: unknown, assignment: string): unknown {
  const at = assignment.indexOf('=');
  if (at < 1) {
    throw new UsageError('usage/set', `--set ${assignment}: expected KEY=VALUE.`, {
      hint: 'For example --set training.epochs=5.',
    });
  }
  const keys = assignment.slice(0, at).split('.');
  let value: unknown;
  try {
    value = parse(assignment.slice(at + 1));
  } catch (cause) {
    throw new UsageError('usage/set', `--set ${assignment}: the value is not valid YAML.`, { cause });
  }
  const root: Tree = structuredClone((config ?? {}) as Tree);
  let here = root;
  for (const key of keys.slice(0, -1)) {
    here[key] ??= {};
    if (typeof here[key] !== 'object') {
      throw new UsageError('usage/set', `--set ${assignment}: "${key}" holds a value, not a group of keys.`);
    }
    here = here[key] as Tree;
  }
  here[keys[keys.length - 1]] = value;
  return root;
}
