import { printable } from './printable.js';

/** A text as a POSIX shell takes it for one word: quoted where it needs quotes. For commands that a message shows. */
export const shellWord = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${printable(text, Infinity).replaceAll("'", `'\\''`)}'`;
