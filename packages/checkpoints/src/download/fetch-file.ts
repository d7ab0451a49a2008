import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cachedPath, mirroredAddress, parseAddress } from './address.js';
import { cacheFolder } from './cache-folder.js';
import { cachedFile, recordFile } from './cached-file.js';
import { agrees, checkedDigest, sha256Of } from './checksum.js';
import { byHand, checksumError, diskFault } from './download-error.js';
import { PartialFile } from './partial-file.js';
import { transfer, type TransferOptions } from './transfer.js';

/** Progress of a download. */
export interface DownloadProgress {
  readonly address: string;
  /** Bytes received, including earlier attempts. */
  readonly received: number;
  /** Total bytes; undefined if the server does not state them. */
  readonly total?: number;
  /** Speed since this download started or resumed. */
  readonly bytesPerSecond: number;
  readonly secondsLeft?: number;
}

export interface FetchFileOptions extends Partial<
  Pick<TransferOptions, 'signal' | 'stallSeconds' | 'retryAfter'>
> {
  /** SHA-256 of the whole file in hexadecimal, or its first digits, at least 8. */
  readonly sha256?: string;
  /** Folder of downloads. Default `cacheFolder()`. */
  readonly folder?: string;
  /** Base URL of a mirror. Default: the environment variable `POLYTAG_MIRROR`. */
  readonly mirror?: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** Downloads of this process that are going on, by the path of the file. */
const pending = new Map<string, Promise<string>>();

/**
 * Returns a file of the web from the cache, after downloading it if necessary. An interrupted download resumes, in this
 * process or a later one, as long as the server has the same version. The file gets its name only when it is complete
 * and its checksum is correct. Two processes may download one file at the same time: each writes its own.
 *
 * @returns the file's path in the cache
 * @throws CheckpointError `download/not-found`, `download/refused`, `download/busy`, `download/status`,
 * `download/web-page`, `download/no-network`, `download/broken-off`, `download/checksum`; FileError `file/ENOSPC` and
 * others of the disk; UsageError `usage/address`, `usage/checksum`; InterruptedError `download/stopped`
 */
export async function fetchFile(address: string, options: FetchFileOptions = {}): Promise<string> {
  parseAddress(address);
  const expected = options.sha256 === undefined ? undefined : checkedDigest(options.sha256);
  const path = cachedPath(address, options.folder ?? cacheFolder());
  const running = pending.get(path);
  if (running) {
    // It may have been stopped, or held to another checksum: the file in the cache, or its absence, decides.
    await running.catch(() => {});
    return fetchFile(address, options);
  }
  const download = fetchInto(path, address, expected, options).finally(() => pending.delete(path));
  pending.set(path, download);
  return download;
}

async function fetchInto(
  path: string,
  address: string,
  expected: string | undefined,
  options: FetchFileOptions,
): Promise<string> {
  if (await cachedFile(path, expected)) return path;
  const mirror = options.mirror ?? process.env['POLYTAG_MIRROR'];
  const asked = mirroredAddress(address, mirror);
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw diskFault(dirname(path), error);
  });
  const partial = await PartialFile.begin(path);
  try {
    await transfer(asked, partial, {
      published: address,
      signal: options.signal,
      stallSeconds: options.stallSeconds ?? 30,
      retryAfter: options.retryAfter ?? [1, 2, 4, 8],
      onBytes: reporter(address, partial.size, options.onProgress),
    });
  } catch (error) {
    // What stopped it is told, not that its beginning could not be kept.
    await partial.leave().catch(() => undefined);
    throw error;
  }
  await partial.close();
  const found = await sha256Of(partial.path);
  if (!agrees(found, expected)) {
    await partial.discard();
    throw checksumError(address, {
      expected: expected!,
      found,
      hint: `The download was discarded: the file on the server changed, or the transfer was corrupted. ${byHand(address, path)}`,
    });
  }
  await partial.finish();
  await recordFile(path, { address, sha256: found });
  return path;
}

function reporter(
  address: string,
  before: number,
  onProgress: FetchFileOptions['onProgress'],
): TransferOptions['onBytes'] {
  const start = performance.now();
  return (received, total) => {
    const seconds = (performance.now() - start) / 1000;
    // A file that began anew has fewer bytes than there were.
    const bytesPerSecond = Math.max(0, received - before) / Math.max(seconds, 1e-3);
    const secondsLeft =
      total === undefined || bytesPerSecond === 0 ? undefined : (total - received) / bytesPerSecond;
    onProgress?.({ address, received, total, bytesPerSecond, secondsLeft });
  };
}
