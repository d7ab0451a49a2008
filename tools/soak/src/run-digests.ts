import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Keys of a log line that the clock decides. */
const CLOCK = new Set(['secondsTrain', 'secondsEvaluate', 'imagesPerSecond']);

/**
 * SHA-256 of all that a run must give whatever happens to its process, by file: tensors (weights, averages and
 * optimisers of the last and the kept checkpoints, the best model, auxiliary models), and the log.
 */
export async function runDigests(folder: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.safetensors'));
  for (const file of files.sort()) digests.set(file, sha256([await readFile(join(folder, file))]));
  const withoutClock = (key: string, value: unknown) => (CLOCK.has(key) ? undefined : value);
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((one) => basename(one) === 'metrics.jsonl').sort()) {
    const log = (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n');
    digests.set(name, sha256(log.map((line) => JSON.stringify(JSON.parse(line), withoutClock))));
  }
  // What the models of folds say of the images that they did not see.
  for (const name of names.filter((one) => basename(one) === 'out-of-fold.csv').sort())
    digests.set(name, sha256([await readFile(join(folder, name))]));
  return digests;
}

/** One for all of them. */
export const overallDigest = (digests: ReadonlyMap<string, string>): string =>
  sha256([...digests].flatMap(([file, digest]) => [file, digest]));

/** Files that are not the same, or are in one run only. */
export function differingFiles(one: ReadonlyMap<string, string>, two: ReadonlyMap<string, string>): string[] {
  const files = new Set([...one.keys(), ...two.keys()]);
  return [...files].filter((file) => one.get(file) !== two.get(file));
}

function sha256(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
