import { faultOf, PartError, partTitle } from '@polytag/core';

/** An encoded picture, e.g. a contact sheet of training images. */
export interface SinkImage {
  readonly png: Uint8Array;
  /** Pixels. */
  readonly height: number;
  readonly width: number;
}

/**
 * Where the figures of a run go besides `metrics.jsonl`: TensorBoard, a database, a service. Steps count what is
 * finished, so the first is 1. Calls come in the order of the run and must not block it: a slow sink keeps what it is
 * told and writes in `flush`. An error of a sink ends the run with an error that names the sink: nothing of what was asked for is
 * lost in silence, and the last checkpoint is kept to go on from.
 */
export interface MetricsSink {
  /** What errors call it. Default: its place among the sinks. */
  readonly name?: string;
  /** The run begins (0), or goes on after `step` steps: what was told of later steps is void. */
  start(step: number): void;
  /** Named figures of a step. Names group by `/`, e.g. `train/loss`. */
  scalars(step: number, values: Readonly<Record<string, number>>): void;
  /** A picture that belongs to a step. */
  image?(step: number, name: string, image: SinkImage): void;
  /** Writes what is kept: after every checkpoint, and at the end of the run, also of a failed one. */
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
