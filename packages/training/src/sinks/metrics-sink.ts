import { faultOf, PartError, partTitle } from '@polytag/core';

/** An encoded image, e.g. a contact sheet of training images. */
export interface SinkImage {
  readonly png: Uint8Array;
  /** Pixels. */
  readonly height: number;
  readonly width: number;
}

/**
 * Receives the metrics of a run besides `metrics.jsonl`: for TensorBoard, a database or a service. Steps count finished
 * ones, so the first is 1. Calls come in the order of the run and must not block it: a slow sink buffers, and writes in
 * `flush`. An error of a sink ends the run with an error that names the sink; the last checkpoint is kept, so the run
 * can be resumed.
 */
export interface MetricsSink {
  /** Name of the sink in errors. Default: its position among the sinks. */
  readonly name?: string;
  /** The run starts (0), or resumes after `step` steps: values sent for later steps are void. */
  start(step: number): void;
  /** Named values of a step. Names are grouped by `/`, e.g. `train/loss`. */
  scalars(step: number, values: Readonly<Record<string, number>>): void;
  /** An image of a step. */
  image?(step: number, name: string, image: SinkImage): void;
  /** Writes buffered values: after every checkpoint, and at the end of a run, even a failed one. */
  flush(): Promise<void>;
}

const REQUIRED = ['start', 'scalars', 'flush'] as const;

/** @throws PartError `part/contract` when one lacks a function; all that it lacks are told */
export function checkSinks(sinks: readonly MetricsSink[] = []): void {
  sinks.forEach((sink, i) => {
    const missing = REQUIRED.filter((key) => typeof (sink as MetricsSink | undefined)?.[key] !== 'function');
    if (missing.length === 0) return;
    throw new PartError('part/contract', `The ${titleOf(sink, i)} has no function ${missing.join(', ')}.`, {
      hint: 'A sink needs start, scalars and flush: see MetricsSink in @polytag/training.',
    });
  });
}

const titleOf = (sink: MetricsSink, index: number): string =>
  partTitle('sink', sink, sink?.name ?? `number ${index + 1}`);

/** A call that a sink answers with a promise, which the run does not wait for: `flush` does. */
const pending = new WeakMap<MetricsSink, Promise<unknown>[]>();

/**
 * Tells a sink something.
 *
 * @throws PartError `part/threw`; a fault of the file system as it is
 */
export function callSink(sink: MetricsSink, index: number, what: string, call: () => unknown): void {
  try {
    const answer = call();
    if (!(answer instanceof Promise)) return;
    answer.catch(() => undefined);
    pending.set(sink, [...(pending.get(sink) ?? []), answer]);
  } catch (error) {
    throw sinkFault(sink, index, what, error);
  }
}

/** Lets all of them write. */
export async function flushSinks(sinks: readonly MetricsSink[] = []): Promise<void> {
  await Promise.all(
    sinks.map(async (sink, i) => {
      try {
        await Promise.all(pending.get(sink) ?? []);
        pending.delete(sink);
        await sink.flush();
      } catch (error) {
        throw sinkFault(sink, i, 'flush', error);
      }
    }),
  );
}

/** What the system refuses (a full disk) is no fault of the sink. */
const sinkFault = (sink: MetricsSink, index: number, what: string, error: unknown): unknown =>
  (error as { syscall?: unknown } | null)?.syscall === undefined
    ? faultOf(titleOf(sink, index), what, error)
    : error;
