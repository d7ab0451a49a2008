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

/** An error in a form that can be sent to another thread; error classes and system codes do not survive otherwise. */
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

/** Converts an error to send it to another thread. */
export function failureOf(error: unknown): ThreadFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const { code, hint } = error as Partial<Pick<PolytagError, 'code' | 'hint'>>;
  const text = (key: string, value: unknown) => (typeof value === 'string' ? { [key]: value } : {});
  return { name, message, ...text('code', code), ...text('hint', hint), ...text('stack', stack) };
}

/**
 * Recreates an error of another thread, with its code, message and hint, and so its exit status. Errors of other
 * classes stay what they were: a system error, or an internal error with its stack.
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
