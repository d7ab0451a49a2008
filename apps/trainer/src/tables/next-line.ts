import { shellWord } from '@polytag/core';

/** The line at the end of a command that says what to do next: a command to paste. */
export const nextLine = (...words: readonly string[]): string =>
  `next: npx polytag-train ${words.map(shellWord).join(' ')}\n`;
