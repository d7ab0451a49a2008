import { printable } from '../text/printable.js';

/** Most characters of a message: what is quoted in it came from anywhere. */
const LONGEST = 2000;
/** Most characters of a value in quotes, which is a line; a longer one is cut to what `printable` shows. */
const LONGEST_QUOTED = 200;

/** One line without what would move a cursor, as of a label or file name, and with no value longer than a line. */
const shown = (text: string): string =>
  printable(
    text.replace(/"([^"]*)"/g, (quoted, value: string) =>
      value.length > LONGEST_QUOTED ? `"${printable(value)}"` : quoted,
    ),
    LONGEST,
  );

/**
 * Errors that a person can act on. Each says what happened, where, and what to do; the command line
 * turns `exitCode` into the process's exit status. The codes are part of the public interface:
 *
 * | exit | class             | meaning                                                        |
 * | ---- | ----------------- | -------------------------------------------------------------- |
 * | 1    | (any other)       | an internal error of Polytag: please report it                 |
 * | 2    | `UsageError`      | a bad option, config key or value; nothing was read or written |
 * | 3    | `DataError`       | a label file or image cannot be used                     |
 * | 4    | `CheckpointError` | weights or a model folder cannot be fetched or read, or do not fit |
 * | 5    | `EngineError`     | the tensor engine is missing or out of memory                  |
 * | 6    | `DivergenceError` | training produced NaN or infinity (the last good checkpoint is kept), or a model gives NaN for scores |
 * | 7    | `FileError`       | the system refuses a file or folder: no permission, disk full   |
 * | 8    | `PartError`       | a head, backbone, loss, sink or batch source of the user's own breaks its contract, or throws |
 * | 9    | `QueueError`      | the broker cannot be reached, or a job failed on every attempt |
 * | 130  | `InterruptedError`| stopped by SIGINT, SIGTERM or SIGHUP after saving              |
 */
export abstract class PolytagError extends Error {
  /** Stable identifier, e.g. `data/image-missing`. */
  readonly code: string;
  /** What to do about it. */
  readonly hint?: string;
  abstract readonly exitCode: number;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(shown(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint === undefined ? undefined : shown(options.hint);
  }
}

export class UsageError extends PolytagError {
  readonly exitCode = 2;
}

export class DataError extends PolytagError {
  readonly exitCode = 3;
}

export class CheckpointError extends PolytagError {
  readonly exitCode = 4;
}

export class EngineError extends PolytagError {
  readonly exitCode = 5;
}

export class DivergenceError extends PolytagError {
  readonly exitCode = 6;
}

export class FileError extends PolytagError {
  readonly exitCode = 7;
}

/**
 * An error in your own part. Codes: `part/threw`, `part/promise`, `part/contract`, `part/shape`, `part/loss`,
 * `part/no-gradient`, `part/not-finite`, `part/batch`.
 */
export class PartError extends PolytagError {
  readonly exitCode = 8;
}

/**
 * An error of the job queue. Codes: `queue/unreachable`, `queue/refused`, `queue/not-installed`,
 * `queue/job-failed`, `queue/jobs-failed`, `queue/child-died`.
 */
export class QueueError extends PolytagError {
  readonly exitCode = 9;
}

export class InterruptedError extends PolytagError {
  readonly exitCode = 130;
}
