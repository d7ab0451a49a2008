import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PolytagError, RandomStream } from '@polytag/core';
import { damaged, damagedJson } from './damage.js';
import type { FuzzedReader } from './reader.js';

export interface FuzzResult {
  readonly inputs: number;
  /** How often each code of an error came, and `read`. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly slowestMs: number;
  /** Most bytes that the process has held. */
  readonly peakBytes: number;
}

/** Of one input, on a machine that is busy with other things. */
const MOST_MS = 10_000;

/**
 * Reads damaged files, one after the other: each must be read, or refused with a PolytagError.
 *
 * @param first number of the first input, so that a long run can be done in pieces
 * @throws Error that names the input: its number gives the same damage again
 */
export async function fuzz(reader: FuzzedReader, inputs: number, first = 0): Promise<FuzzResult> {
  // In memory, where the system has such a folder.
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'polytag-fuzz-'));
  const outcomes = new Map<string, number>();
  let slowestMs = 0;
  try {
    await writeAll(folder, reader);
    const names = reader.damaged ?? Object.keys(reader.files);
    for (let i = first; i < first + inputs; i++) {
      const random = new RandomStream(1, `fuzz/${reader.name}/${i}`);
      const name = names[random.integer(names.length)];
      const file = reader.files[name];
      const whole = typeof file === 'string' ? Buffer.from(file) : Buffer.from(file);
      const content =
        /\.jsonl?$/.test(name) && random.integer(2)
          ? damagedValues(name, whole.toString(), random)
          : damaged(whole, random);
      const bytes = Buffer.from(content as string);
      await writeFile(join(folder, name), reader.mend?.(name, bytes, random) ?? bytes);
      const start = performance.now();
      const outcome = await outcomeOf(() => reader.read(folder)).catch((cause: unknown) => {
        throw new Error(
          `${reader.name}, input ${i} (${name}): ${Buffer.from(content).toString('base64').slice(0, 4000)}`,
          { cause },
        );
      });
      const ms = performance.now() - start;
      if (ms > MOST_MS) throw new Error(`${reader.name}, input ${i} (${name}) takes ${ms.toFixed(0)} ms`);
      slowestMs = Math.max(slowestMs, ms);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      await writeFile(join(folder, name), whole);
      // Readers leave nothing behind; those that lock or mend a folder get it back as it was.
      if (i % 1000 === 999 && (await readdir(folder)).length > 50) {
        await rm(folder, { recursive: true });
        await writeAll(folder, reader);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { inputs, outcomes, slowestMs, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

/** JSON, or JSON lines of which one is damaged, that a parser still reads. */
function damagedValues(name: string, text: string, random: RandomStream): string {
  if (name.endsWith('.json')) return damagedJson(text, random);
  const lines = text.trimEnd().split('\n');
  const at = random.integer(lines.length);
  return lines.map((line, i) => (i === at ? damagedJson(line, random) : line)).join('\n');
}

async function writeAll(folder: string, { files }: FuzzedReader): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

async function outcomeOf(read: () => unknown): Promise<string> {
  try {
    await read();
    return 'read';
  } catch (error) {
    if (error instanceof PolytagError) return error.code;
    throw error;
  }
}
