import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { serialiseSafetensors } from '@polytag/checkpoints';
import { openRegularFile, writeFileAtomically } from '@polytag/files';

const SHARD = /^features-([0-9a-f]{32})\.safetensors$/;

/** What a writer that died has left beside shards (see `writeFileAtomically`), once it is older than any writing takes. */
const LEFTOVER = /^\.features-.*\.tmp$/;
const LEFTOVER_MS = 3600 * 1000;

/** Names of the shards of a folder; none where there is no folder. Removes what dead writers have left. */
export async function shardsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((one) => LEFTOVER.test(one))) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > LEFTOVER_MS) await rm(path, { force: true });
  }
  return names.filter((name) => SHARD.test(name)).sort();
}

/**
 * Writes feature maps into a file that is named by the hash of its content: it is there whole or not at all, writers of
 * one folder do not meet, and damage shows.
 *
 * @param maps [h, w, C] each, by key
 * @returns the file's name
 */
export async function writeShard(
  folder: string,
  maps: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
): Promise<string> {
  const bytes = serialiseSafetensors(maps);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  const name = `features-${hash}.safetensors`;
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(join(folder, name), bytes);
  return name;
}

/** Whether a shard is as it was written. */
export async function isWhole(folder: string, name: string): Promise<boolean> {
  const hash = createHash('sha256');
  const { handle } = await openRegularFile(join(folder, name), {
    what: 'file of features',
    kind: 'checkpoint',
  });
  await pipeline(handle.createReadStream({ highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex').slice(0, 32) === SHARD.exec(name)?.[1];
}
