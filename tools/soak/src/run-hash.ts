import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Keys of a log line that the clock decides. */
const CLOCK = new Set(['secondsTrain', 'secondsEvaluate', 'imagesPerSecond']);

/**
 * SHA-256 of all that a run must give whatever happens to its process: every file of tensors in its folder (weights,
 * averages and optimisers of the last and the kept checkpoints, the best model, auxiliary models), and the log.
 */
export async function runHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.safetensors'));
  for (const file of files.sort()) hash.update(`${file}\n`).update(await readFile(join(folder, file)));
  for (const line of (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n')) {
    hash.update(
      JSON.stringify(JSON.parse(line), (key, value: unknown) => (CLOCK.has(key) ? undefined : value)),
    );
  }
  return hash.digest('hex');
}
