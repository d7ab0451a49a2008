import { printable } from '@polytag/core';

/** Where a program writes. Tests hand in their own. */
export interface Streams {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
}

const raw = new WeakMap<object, NodeJS.WritableStream>();

/**
 * Streams for what a program prints: control characters and the like in it (of labels, of file names) are shown as
 * escapes. Line breaks stay; a value that must not break its line is made `printable` where it is put in.
 */
export function printableStreams({ out, err }: Streams): Streams {
  return { out: shielded(out), err: shielded(err) };
}

/** The stream behind, for those who move the cursor on purpose. */
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
