import {
  CheckpointError,
  DataError,
  DivergenceError,
  EngineError,
  FileError,
  InterruptedError,
  PartError,
  QueueError,
  UsageError,
  type PolytagError,
} from './errors.js';

/** An error as it crosses threads: its class, its code and what it says of the system do not survive by themselves. */
export interface ThreadFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly stack?: string;
}

const KINDS = {
  CheckpointError,
  DataError,
  DivergenceError,
  EngineError,
  FileError,
  InterruptedError,
  PartError,
  QueueError,
  UsageError,
};

/** What is told of an error to another thread. */
export function failureOf(error: unknown): ThreadFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const { code, hint } = error as Partial<Pick<PolytagError, 'code' | 'hint'>>;
  const text = (key: string, value: unknown) => (typeof value === 'string' ? { [key]: value } : {});
  return { name, message, ...text('code', code), ...text('hint', hint), ...text('stack', stack) };
}

/**
 * The error of another thread on this one: with its code, message and hint, and so with the exit status that it would have
 * had here. An error that is not Polytag's stays one: a refusal of the system, or a defect with its stack.
 *
 * @param who the thread, e.g. `Replica 1`
 */
export function errorFromThread(who: string, { name, message, code, hint, stack }: ThreadFailure): Error {
  const Kind = Object.hasOwn(KINDS, name) ? KINDS[name as keyof typeof KINDS] : undefined;
  if (Kind && code !== undefined) return new Kind(code, `${who}: ${message}`, { hint });
  // The system's own words are left as they are: they say which file it was.
  const isOfSystem = code !== undefined && message.startsWith(`${code}: `);
  const error = new Error(isOfSystem ? message : `${who}: ${message}`);
  if (stack !== undefined) error.stack = `${who}: ${stack}`;
  return Object.assign(error, { name }, code !== undefined && { code });
}
