import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeFolders } from './folders/code.js';
import { jsonFolders } from './folders/json-files.js';
import { specialFolders } from './folders/special-files.js';
import { weightFolders } from './folders/weights.js';
import type { Files, HostileFolder } from './hostile-folder.js';

/** All of them: the same in every run. */
export const hostileFolders: readonly HostileFolder[] = [
  ...jsonFolders,
  ...weightFolders,
  ...specialFolders,
  ...codeFolders,
];

/** Makes one, at a path of which nothing is left before, nor of what another put beside it. */
export function makeFolder(path: string, { files = (one) => one, after }: HostileFolder, whole: Files): void {
  const name = basename(path);
  const beside = (one: string) => one.startsWith(`${name}-`) || one.startsWith(`.${name}.`);
  for (const one of [name, ...readdirSync(dirname(path)).filter(beside)]) {
    rmSync(join(dirname(path), one), { recursive: true, force: true });
  }
  mkdirSync(path);
  for (const [name, content] of files(whole)) writeFileSync(join(path, name), content);
  after?.(path);
}
