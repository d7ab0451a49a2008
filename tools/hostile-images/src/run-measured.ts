import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a process did. */
export interface Measured {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  /** The most memory that it had, by its own count, in MB (10^6 bytes). */
  readonly peak: number;
}

const preload = new URL('./peak-memory.mjs', import.meta.url);
let runs = 0;

/** Runs a script of Node in a process of its own. */
export async function runMeasured(
  script: string,
  argv: readonly string[],
  folder: string,
): Promise<Measured> {
  const file = join(folder, `peak-${runs++}`);
  // Linux counts what a process was before it became another program: as the child of this large one it would begin
  // with the memory of this one. Between the two there is a small shell.
  const node = [process.execPath, '--import', preload.href, script, ...argv];
  const child = spawn('/bin/sh', ['-c', '"$@"; exit $?', 'sh', ...node], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', PEAK_MEMORY_FILE: file },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const peak = (Number(await readFile(file, 'utf8')) * 1024) / 1e6;
  await rm(file);
  return { status, out, err, peak };
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const trainer = at('../../../apps/trainer/bin/polytag-train.js');
export const evaluator = at('../../../apps/evaluator/bin/polytag-eval.js');
export const decoder = at('./decode-images.mjs');
