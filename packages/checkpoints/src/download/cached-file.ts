import { rm, stat } from 'node:fs/promises';
import { readTextFile, writeFileAtomically } from '@polytag/files';
import { agrees, sha256Of } from './checksum.js';
import { checksumError } from './download-error.js';

/** What is known of a file in the cache; as long as size and time are these, so is its content. */
interface FileRecord {
  readonly address?: string;
  readonly size: number;
  readonly modified: number;
  readonly sha256: string;
}

const recordOf = (path: string): string => `${path}.json`;

/**
 * Whether a file is in the cache. It is read only when it has changed since it was last looked at. One that was
 * fetched and has been damaged since is removed; one that a person put there must be the right one.
 *
 * @throws CheckpointError `download/checksum`
 */
export async function cachedFile(path: string, expected: string | undefined): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return false;
  const record = await readRecord(path);
  const unchanged = record?.size === found.size && record.modified === found.mtimeMs;
  const sha256 = unchanged ? record.sha256 : await sha256Of(path);
  if (record && sha256 !== record.sha256) {
    await rm(path, { force: true });
    await rm(recordOf(path), { force: true });
    return false;
  }
  if (!agrees(sha256, expected)) {
    throw checksumError(path, {
      expected: expected!,
      found: sha256,
      hint: 'The cached file differs from the published one. Remove it to download it again, or give the path of the file to use (--set model.weights=FILE).',
    });
  }
  if (!unchanged) await recordFile(path, { ...record, sha256 });
  return true;
}

/** Notes what is known of a file. A cache that cannot be written to is as good, but slower. */
export async function recordFile(path: string, known: Pick<FileRecord, 'address' | 'sha256'>): Promise<void> {
  const { size, mtimeMs: modified } = await stat(path);
  const record: FileRecord = { address: known.address, size, modified, sha256: known.sha256 };
  await writeFileAtomically(recordOf(path), `${JSON.stringify(record, null, 2)}\n`).catch(() => {});
}

async function readRecord(path: string): Promise<FileRecord | undefined> {
  try {
    const record = JSON.parse(
      await readTextFile(recordOf(path), { what: 'record', kind: 'checkpoint', maxBytes: 2 ** 16 }),
    ) as FileRecord;
    return typeof record?.sha256 === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
