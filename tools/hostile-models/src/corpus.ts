import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Makes one, at a path of which nothing is left before. */
export function makeFolder(path: string, { files = (one) => one, after }: HostileFolder, whole: Files): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  for (const [name, content] of files(whole)) writeFileSync(join(path, name), content);
  after?.(path);
}
