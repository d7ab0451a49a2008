import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILES = [
  'checkpoints/last/weights.safetensors',
  'checkpoints/last/ema.safetensors',
  'checkpoints/last/optimiser.safetensors',
  'best/model.safetensors',
];

/** Keys of a log line that the clock decides. */
const CLOCK = new Set(['secondsTrain', 'secondsEvaluate', 'imagesPerSecond']);

/** SHA-256 of all that a run must give whatever happens to its process: weights, averages, optimiser, best, log. */
export async function runHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of FILES) hash.update(await readFile(join(folder, file)));
  for (const line of (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n')) {
    hash.update(
      JSON.stringify(JSON.parse(line), (key, value: unknown) => (CLOCK.has(key) ? undefined : value)),
    );
  }
  return hash.digest('hex');
}
