import { stat } from 'node:fs/promises';
import { join, parse, sep } from 'node:path';
import { DataError } from '@polytag/core';
import { sortedEntries } from './walk-folder.js';

const MAGIC = /[*?[{]/;

/** Whether a path has characters that stand for others. */
export const isPattern = (path: string): boolean => MAGIC.test(path);

/**
 * Files and folders that match a pattern, in the order of their names: `*` and `?` stand for characters of a name, `[a-z]`
 * and `[!a-z]` for one, `{jpg,png}` for either, `**` for folders of any depth. Names that begin with a dot match a
 * pattern that does.
 */
export async function* matchPattern(pattern: string): AsyncGenerator<string, void, undefined> {
  for (const one of alternatives(pattern)) {
    const { root } = parse(one);
    const parts = one.slice(root.length).split(sep === '\\' ? /[\\/]/ : '/');
    yield* matches(
      root,
      parts.filter((part, i) => part !== '' && !(part === '**' && parts[i - 1] === '**')),
    );
  }
}

async function* matches(
  folder: string,
  [part, ...rest]: readonly string[],
): AsyncGenerator<string, void, undefined> {
  if (part === undefined) return void (yield folder || '.');
  if (part === '**' && rest.length === 0) return void (yield folder || '.');
  if (!isPattern(part)) {
    const path = join(folder, part);
    if (await stat(path).catch(() => undefined)) yield* matches(path, rest);
    return;
  }
  const entries = await sortedEntries(folder || '.');
  if (entries instanceof DataError) return;
  if (part === '**') yield* matches(folder, rest);
  const name = part === '**' ? undefined : nameMatcher(part);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (name?.test(entry.name)) yield* matches(path, rest);
    else if (!name && entry.isDirectory() && !entry.name.startsWith('.'))
      yield* matches(path, [part, ...rest]);
  }
}

/** `a{b,c}d` as `abd` and `acd`. */
function alternatives(pattern: string): string[] {
  const braces = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (!braces) return [pattern];
  const [whole, inner] = braces;
  const before = pattern.slice(0, braces.index);
  const after = pattern.slice(braces.index + whole.length);
  return inner.split(',').flatMap((one) => alternatives(`${before}${one}${after}`));
}

/** The names that one part of a pattern stands for. On Windows capital letters are small ones. */
export function nameMatcher(part: string): RegExp {
  const source = part.replace(/\[(!?)([^\]]+)\]|./gsu, (found, not: string | undefined, set?: string) => {
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\^[]/g, '\\$&')}]`;
    if (found === '*') return '.*';
    if (found === '?') return '.';
    return found.replace(/[\^$\\.*+?()[\]{}|]/g, '\\$&');
  });
  const hidden = part.startsWith('.') ? '' : '(?!\\.)';
  try {
    return new RegExp(`^${hidden}${source}$`, process.platform === 'win32' ? 'isu' : 'su');
  } catch {
    // A range that runs backwards, such as [z-a], stands for no name.
    return /(?!)/;
  }
}
