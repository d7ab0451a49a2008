import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configText, readConfigFile } from '@polytag/cli';
import { isRecord } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import { changePaths } from '../config/load-run-config.js';

/** Where a run folder keeps the SHA-256 of the files that its config names, by key. */
const digestsIn = (folder: string): string => join(folder, 'config.files.yaml');

/**
 * Keeps what is in the files that a config names: a run that goes on knows them by it, wherever they are then. Of a file
 * that is gone, what was kept before stays.
 */
export async function keepNamedFiles(folder: string, config: unknown): Promise<void> {
  const before = await keptDigests(folder);
  const digests: Record<string, string> = {};
  for (const [key, path] of namedFiles(config)) {
    const digest = (await digestOf(path)) ?? before[key];
    if (digest !== undefined) digests[key] = digest;
  }
  if (Object.keys(digests).length > 0) await writeFileAtomically(digestsIn(folder), configText(digests));
  else await rm(digestsIn(folder), { force: true });
}

/**
 * The config that a folder keeps, with the paths of another where these lead to the same content: files are told by what
 * is in them, not by where they are.
 */
export async function withMovedFiles(folder: string, before: unknown, now: unknown): Promise<unknown> {
  const kept = await keptDigests(folder);
  const current = namedFiles(now);
  const moved = new Map<string, string>();
  for (const [key, path] of namedFiles(before)) {
    const other = current.get(key);
    if (other === undefined || other === path) continue;
    const digest = kept[key] ?? (await digestOf(path));
    if (digest !== undefined && digest === (await digestOf(other))) moved.set(key, other);
  }
  return changeFiles(before, (path, key) => moved.get(key) ?? path);
}

/** The paths of files in a config, by key; not those of folders, which may differ, nor names of weights and packages. */
function namedFiles(config: unknown): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  changeFiles(config, (path, key) => {
    const isFile = isAbsolute(path) || path.startsWith('file:');
    if (isFile && key !== 'data.root' && key !== 'training.features.cache') files.set(key, path);
    return path;
  });
  return files;
}

/** As `changePaths`, label files among them. */
function changeFiles(config: unknown, change: (path: string, key: string) => string): unknown {
  const changed = changePaths(config, change);
  if (!isRecord(changed) || !isRecord(changed['data'])) return changed;
  const { train, val } = changed['data'];
  const file = (value: unknown, key: string) => (typeof value === 'string' ? change(value, key) : value);
  return {
    ...changed,
    data: { ...changed['data'], train: file(train, 'data.train'), val: file(val, 'data.val') },
  };
}

async function keptDigests(folder: string): Promise<Readonly<Record<string, string>>> {
  if (!existsSync(digestsIn(folder))) return {};
  const kept = await readConfigFile(digestsIn(folder));
  return isRecord(kept) ? (kept as Record<string, string>) : {};
}

/** SHA-256 of a file; undefined where there is none. */
async function digestOf(path: string): Promise<string | undefined> {
  const file = path.startsWith('file:') ? fileURLToPath(path) : path;
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
