import { printable } from '@polytag/core';

/** Where a program writes. Tests pass their own streams. */
export interface Streams {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
}

const raw = new WeakMap<object, NodeJS.WritableStream>();

/**
 * Streams that print control characters, such as those in labels and file names, as escapes. Line breaks are kept; use
 * `printable` on a value that must not break its line.
 */
export function printableStreams({ out, err }: Streams): Streams {
  return { out: shielded(out), err: shielded(err) };
}

/** The underlying stream, for code that moves the cursor on purpose. */
export const unshielded = <Stream extends NodeJS.WritableStream>(stream: Stream): Stream =>
  (raw.get(stream) as Stream | undefined) ?? stream;

function shielded<Stream extends NodeJS.WritableStream>(stream: Stream): Stream {
  const proxy = new Proxy(stream, {
    get(target, name) {
      if (name === 'write')
        return (text: unknown, ...rest: never[]) => target.write(shown(text) as string, ...rest);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
  raw.set(proxy, stream);
  return proxy;
}

const shown = (text: unknown): unknown =>
  typeof text === 'string'
    ? text
        .split('\n')
        .map((line) => printable(line, Infinity))
        .join('\n')
    : text;
