import { PartError, PolytagError } from '../errors/errors.js';

/** Kinds of code that a user can provide. */
export type OwnKind = 'backbone' | 'head' | 'loss' | 'sink' | 'batch source';

const files = new WeakMap<object, string>();

/** Records which module a part came from, so that errors can name it. */
export function cameFrom(part: object, file: string): void {
  files.set(part, file);
}

/** Records that a part was made of another one, and so came from the same module, if from any. */
export function sameOrigin<T extends object>(origin: object, part: T): T {
  const file = files.get(origin);
  if (file !== undefined) files.set(part, file);
  return part;
}

/** Whether a part is known to come from a module of the user's. */
export const isFromModule = (part: object): boolean => files.has(part);

/** Title of a part in errors, e.g. `head "mean" of /home/ada/mean.js`. */
export function partTitle(
  kind: OwnKind,
  part: unknown,
  name = (part as { name?: unknown } | null)?.name,
): string {
  const file = typeof part === 'object' && part !== null ? files.get(part) : undefined;
  return `${kind}${typeof name === 'string' && name !== '' ? ` "${name}"` : ''}${file === undefined ? '' : ` of ${file}`}`;
}

/** Also one of another realm, which `instanceof` does not know. */
const isError = (error: unknown): error is Error =>
  error instanceof Error || Object.prototype.toString.call(error) === '[object Error]';

/**
 * The message of a thrown value, and where in the user's code it was thrown: the first stack frame outside packages.
 */
export function reasonOf(error: unknown): string {
  if (!isError(error)) return `it threw ${String(error)}`;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const place = frames[0]?.match(/(?:file:\/\/)?(\/[^()]+:\d+):\d+\)?$/)?.[1];
  return place === undefined || place.includes('/node_modules/')
    ? error.message
    : `${error.message} (${place})`;
}

/**
 * Runs code of a part, and reports what it throws as an error of this part. Polytag errors are passed on.
 *
 * @param title see `partTitle`
 * @param what the function that is called, e.g. `apply`
 * @throws PartError `part/threw`; a `PolytagError` as it is
 */
export function inPart<T>(title: string, what: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw faultOf(title, what, cause);
  }
}

/** The error to throw for one thrown by a part's code. */
export function faultOf(title: string, what: string, cause: unknown): PolytagError {
  if (cause instanceof PolytagError) return cause;
  return new PartError('part/threw', `${capital(title)}: ${what} failed: ${reasonOf(cause)}`, {
    hint: 'Fix the code of the part. The checks of @polytag/testing find such errors before a run.',
    cause,
  });
}

/**
 * Throws if a value is a promise.
 *
 * @throws PartError `part/promise`
 */
export function notPromise<T>(title: string, what: string, value: T): T {
  if (typeof (value as { then?: unknown } | null)?.then !== 'function') return value;
  // Nobody waits for it any more.
  (value as unknown as Promise<unknown>).then(undefined, () => undefined);
  throw new PartError(
    'part/promise',
    `${capital(title)}: ${what} returns a promise; it must return the value itself.`,
    {
      hint: `Write ${what} without async. Put anything that must be awaited at the top level of the module, which is awaited.`,
    },
  );
}

/** A shape as text; a dynamic dimension is a question mark. */
export const shapeText = (shape: readonly (number | null | undefined)[]): string =>
  `[${shape.map((size) => size ?? '?').join(', ')}]`;

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);
