import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** `polytag-eval serve` in a process of its own. */
export interface ServerProcess {
  readonly address: string;
  /** Most memory that it took so far, bytes; undefined where the system does not tell. */
  peakMemory(): number | undefined;
  /** Sends SIGTERM, and gives its exit status. */
  terminate(): Promise<number | null>;
}

/** @throws Error when it ends before it listens */
export async function startServer(argv: readonly string[]): Promise<ServerProcess> {
  const folder = dirname(createRequire(import.meta.url).resolve('@polytag/evaluator/package.json'));
  const words = [join(folder, 'bin/polytag-eval.js'), 'serve', '--port', '0', ...argv];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  return {
    address: await addressOf(child, ended),
    peakMemory: () => peakOf(child),
    terminate: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function addressOf({ stdout }: ChildProcess, ended: Promise<number | null>): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    stdout!.on('data', (chunk) => {
      const found = /at (http:\S+)/.exec((said += chunk));
      if (found) resolve(found[1]);
    });
    void ended.then((status) => reject(new Error(`The server ended with status ${status}: ${said}`)));
  });
}

function peakOf({ pid }: ChildProcess): number | undefined {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found ? 1024 * Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}
