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
 * told and writes in `flush`. An error of a sink ends the run as any error does, with the last checkpoint intact.
 */
export interface MetricsSink {
  /** The run begins (0), or goes on after `step` steps: what was told of later steps is void. */
  start(step: number): void;
  /** Named figures of a step. Names group by `/`, e.g. `train/loss`. */
  scalars(step: number, values: Readonly<Record<string, number>>): void;
  /** A picture that belongs to a step. */
  image?(step: number, name: string, image: SinkImage): void;
  /** Writes what is kept: after every checkpoint, and at the end of the run, also of a failed one. */
  flush(): Promise<void>;
}

/** Lets all of them write. */
export async function flushSinks(sinks: readonly MetricsSink[] = []): Promise<void> {
  await Promise.all(sinks.map((sink) => sink.flush()));
}
