import { counted } from '@polytag/core';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sameContent } from '../../dataset/file-content.js';
import { firstFew } from '../same-labels.js';
import type { SplitReaderOptions } from '../labelled-split.js';

export interface SamePhotographsOptions extends Pick<SplitReaderOptions, 'onNote' | 'onProgress'> {
  /** Whether files with the same name and different content are one photograph. Default: if they look alike. */
  readonly sameName?: 'one' | 'different';
}

/** Number of names to compare. If the first few pairs are all different, all are. */
const TRIED = 50;

/**
 * Finds the paths of the same photograph: files with the same bytes, and files with the same name that look alike
 * (`lookAlikes`) or that `sameName` declares the same.
 *
 * @param paths relative to `root`
 * @returns the paths of each photograph, in the order of the first
 */
export async function samePhotographs(
  root: string,
  paths: readonly string[],
  { sameName, onNote, onProgress }: SamePhotographsOptions,
): Promise<readonly (readonly string[])[]> {
  const photographs = new UnionOfPaths(paths);
  const files = new Map(paths.map((path) => [join(root, path), path]));
  for (const [first, ...others] of await sameContent([...files.keys()], onProgress))
    for (const other of others) photographs.join(files.get(first)!, files.get(other)!);
  const named = [...groupBy(paths, (path) => basename(path))].map(
    ([name, of]) => [name, photographs.firstOfEach(of)] as const,
  );
  const namesakes = named.filter(([, of]) => of.length > 1);
  const { lookAlikes } = await import('./looks-alike.js');
  const different: string[] = [];
  const alike: string[] = [];
  for (const [name, of] of namesakes) {
    const given = alike.length === 0 && different.length >= TRIED ? 'different' : sameName;
    if (given === 'one') for (const other of of.slice(1)) photographs.join(of[0], other);
    if (given === undefined) {
      const full = of.map((path) => join(root, path));
      for (const [first, ...others] of [...(await lookAlikes(full)), await emptyOnes(full)])
        for (const other of others) photographs.join(files.get(first)!, files.get(other)!);
    }
    (photographs.firstOfEach(of).length < of.length ? alike : different).push(name);
  }
  if (sameName === undefined && alike.length > 0)
    onNote?.(
      `${counted(alike.length, 'name is', 'names are')} used for one photograph in several folders, in different files, e.g. ${firstFew(alike, 1)}`,
    );
  if (sameName === undefined && different.length > 0)
    onNote?.(
      `${counted(different.length, 'name is', 'names are')} used for different photographs in several folders, e.g. ${firstFew(different, 1)} (to merge them: --same-name one)`,
    );
  return photographs.groups();
}

async function emptyOnes(paths: readonly string[]): Promise<string[]> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return paths.filter((_, i) => sizes[i] === 0);
}

/** Paths that are put together. */
class UnionOfPaths {
  readonly #parent: Map<string, string>;

  constructor(paths: readonly string[]) {
    this.#parent = new Map(paths.map((path) => [path, path]));
  }

  join(a: string, b: string): void {
    this.#parent.set(this.#root(b), this.#root(a));
  }

  /** One path of each photograph among these. */
  firstOfEach(paths: readonly string[]): string[] {
    return [...groupBy(paths, (path) => this.#root(path)).values()].map(([first]) => first);
  }

  groups(): string[][] {
    return [...groupBy([...this.#parent.keys()], (path) => this.#root(path)).values()];
  }

  #root(path: string): string {
    let at = path;
    for (let up = this.#parent.get(at)!; up !== at; up = this.#parent.get(at)!) at = up;
    this.#parent.set(path, at);
    return at;
  }
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
