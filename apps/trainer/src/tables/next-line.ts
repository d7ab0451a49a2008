import { printable } from '@polytag/core';

/** A path as a shell takes it for one word. */
export const shellWord = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${printable(text, Infinity).replaceAll("'", `'\\''`)}'`;

/** The line at the end of a command that says what to do next: a command to paste. */
export const nextLine = (...words: readonly string[]): string =>
  `next: npx polytag-train ${words.map(shellWord).join(' ')}\n`;
