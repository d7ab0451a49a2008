import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@polytag/core';
import type { RuntimeName } from '../onnx/time-onnx.js';
import type { Work } from '../side/work.js';
import { parseMeasurement, type Measurement } from './measured-line.js';
import { peerArguments, type Peer } from './peer.js';

/** The built program: our side runs as a process of its own, as the peer does. */
const PROGRAM = fileURLToPath(new URL('../../bin/bench.js', import.meta.url));

export interface OursMeasurement extends Measurement {
  /** Size of the wasm heap at the end, MB. */
  readonly heapMegabytes: number;
}

/** Measures our side in a new process. */
export async function measureOurs(work: Work): Promise<OursMeasurement> {
  const { model, mode, batch, size, steps, labels } = work;
  const numbers = [batch, size, steps, labels].map(String);
  return ours(['side', model, mode, ...numbers]);
}

async function ours(argv: readonly string[]): Promise<OursMeasurement> {
  const { status, out, err } = await outcome(process.execPath, [PROGRAM, ...argv]);
  const measured = status === 0 ? parseMeasurement(out) : undefined;
  const heap = / heap=(\d+)MB/.exec(out);
  if (measured && heap) return { ...measured, heapMegabytes: Number(heap[1]) };
  throw new Error(`our side ended with ${status}:\n${out}${err}`);
}

/** Measures a run of `fit` on several replicas in a new process. */
export async function measureRun(work: Work, replicas: number, data?: string): Promise<OursMeasurement> {
  const { model, batch, size, steps, labels } = work;
  const numbers = [replicas, batch, size, steps, labels].map(String);
  return ours(['side-run', model, ...numbers, ...(data === undefined ? [] : [data])]);
}

/** Measures onnxruntime on a file in a new process. */
export async function measureOnnx(
  { batch, size, steps }: Work,
  runtime: RuntimeName,
  file: string,
  threads: number,
): Promise<Measurement> {
  const argv = ['side-onnx', runtime, file, ...[threads, batch, size, steps].map(String)];
  const { status, out, err } = await outcome(process.execPath, [PROGRAM, ...argv]);
  const measured = status === 0 ? parseMeasurement(out) : undefined;
  if (measured) return measured;
  throw new Error(`${runtime} ended with ${status}:\n${out}${err}`);
}

/**
 * Measures the peer in a new process.
 * @throws UsageError `usage/peer-failed` when it cannot be run, fails, or prints no measurement
 */
export async function measurePeer(work: Work, peer: Peer): Promise<Measurement> {
  const argv = [peer.script, ...peerArguments(work, peer)];
  const { status, out, err } = await outcome(peer.python, argv);
  const measured = status === 0 ? parseMeasurement(out) : undefined;
  if (measured) return measured;
  const said = `${out}${err}`.trim().split('\n').slice(-5).join('\n  ');
  throw new UsageError(
    'usage/peer-failed',
    `"${[peer.python, ...argv].join(' ')}" ended with ${status} and no line "…: X ms/image, Y images/s":\n  ${said}`,
    { hint: 'Does this Python have what the script imports? --python names another.' },
  );
}

/** Runs a program to its end. */
export function outcome(
  command: string,
  argv: readonly string[],
): Promise<{ status: number | string; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', (error) => resolve({ status: error.message, out, err }));
    child.on('close', (status, signal) => resolve({ status: status ?? signal ?? 'no status', out, err }));
  });
}
