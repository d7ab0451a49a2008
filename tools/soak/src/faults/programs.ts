import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PolytagError } from '@polytag/core';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const BIN = here('../../bin/');
const APPS = here('../../../../apps/');
const PROGRAMS = {
  train: { bin: join(APPS, 'trainer/bin/polytag-train.js'), index: join(APPS, 'trainer/dist/index.js') },
  eval: { bin: join(APPS, 'evaluator/bin/polytag-eval.js'), index: join(APPS, 'evaluator/dist/index.js') },
};

/** A command line. */
export interface Call {
  readonly program: keyof typeof PROGRAMS;
  readonly argv: readonly string[];
}

/** The write number `at` under the working folder fails, counted from 1, in the `turn`-th of the ways that it can. */
export interface Fault {
  readonly at: number;
  readonly turn: number;
}

export interface Outcome {
  readonly status: number;
  readonly err: string;
  /** All writes under the working folder, each as `CALL PATH`. */
  readonly writes: readonly string[];
  /** The one that was made to fail, as `CALL CODE PATH`; empty where it did not come. */
  readonly failed: string;
}

/** Not what it should be after a fault. */
export class FaultFailure extends PolytagError {
  readonly exitCode = 1;
}

/** Of one command, on a machine that is busy with other things. */
const MOST_MS = 300_000;
/** Commands after which a host is ended: what a command that failed has left in its memory goes with it. */
const LIFE = 40;

/**
 * Runs command lines: one after the other in one process, which loads TensorFlow.js once and calls the `main` of the
 * built program, or each in a process of its own, as a user does.
 *
 * @param env of both: variables of the environment
 */
export class Programs {
  #host?: ChildProcess;
  #calls = 0;

  constructor(private readonly env: Readonly<Record<string, string>> = {}) {}

  /** In the process that is shared. */
  async run(call: Call, cwd: string, fault: Fault = { at: 0, turn: 0 }): Promise<Outcome> {
    if (this.#calls++ % LIFE === 0) this.close();
    this.#host ??= await startHost();
    const host = this.#host;
    const index = PROGRAMS[call.program].index;
    return new Promise((resolve) => {
      const ended = (answer: Partial<Outcome>) => {
        clearTimeout(timer);
        host.removeAllListeners();
        if (answer.status === -1) this.close();
        resolve({ status: -1, err: '', writes: [], failed: '', ...answer });
      };
      const timer = setTimeout(
        () => ended({ status: -1, err: `No end after ${MOST_MS / 1000} s.` }),
        MOST_MS,
      );
      host.once('message', (answer: Outcome) => ended(answer));
      host.once('exit', (status, signal) =>
        ended({ status: -1, err: `The process ended with ${status ?? signal}.` }),
      );
      host.send({
        index: pathToFileURL(index).href,
        argv: call.argv,
        cwd,
        env: this.#environment(cwd),
        fault: { ...fault, root: cwd },
      });
    });
  }

  /** In a process of its own. */
  async runAlone(call: Call, cwd: string, fault: Fault): Promise<Outcome> {
    const folder = await mkdtemp(join(tmpdir(), 'polytag-fault-'));
    const report = join(folder, 'report.json');
    const preload = pathToFileURL(join(BIN, 'inject-fault.mjs')).href;
    const child = spawn(process.execPath, ['--import', preload, PROGRAMS[call.program].bin, ...call.argv], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: MOST_MS,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        ...this.#environment(cwd),
        POLYTAG_FAULT: JSON.stringify({ ...fault, root: cwd, report }),
      },
    });
    let err = '';
    child.stderr.on('data', (text) => (err += text));
    const status = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? -1));
    });
    const noted = await readFile(report, 'utf8').catch(() => '{"writes":[],"failed":""}');
    await rm(folder, { recursive: true });
    return { status, err, ...(JSON.parse(noted) as Pick<Outcome, 'writes' | 'failed'>) };
  }

  /** Ends the process that is shared. */
  close(): void {
    this.#host?.removeAllListeners();
    this.#host?.kill('SIGKILL');
    this.#host = undefined;
  }

  #environment(cwd: string): Record<string, string> {
    return { TMPDIR: cwd, POLYTAG_CACHE: join(cwd, 'cache'), ...this.env };
  }
}

async function startHost(): Promise<ChildProcess> {
  const host = fork(join(BIN, 'verb-host.mjs'), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  await new Promise<void>((resolve, reject) => {
    host.once('message', () => resolve());
    host.once('error', reject);
    host.once('exit', (status) => reject(new Error(`The process that runs the verbs ended with ${status}.`)));
  });
  host.removeAllListeners();
  return host;
}
