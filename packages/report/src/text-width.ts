import { printable } from '@polytag/core';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** Characters that a terminal draws two columns wide: East Asian wide and full-width forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const ZERO = /^[\p{Mark}\p{Format}]+$/u;

/** Columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  return ZERO.test(grapheme) ? 0 : WIDE.test(grapheme) ? 2 : 1;
}

/**
 * The text in exactly `width` columns: padded with spaces, or cut and ended with "…". Control characters,
 * which could move the cursor or colour the terminal, are shown as escapes.
 */
export function fit(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const plain = printable(text, Infinity);
  const full = textWidth(plain);
  if (full <= width) {
    const space = ' '.repeat(width - full);
    return side === 'left' ? plain + space : space + plain;
  }
  let cut = '';
  let used = 0;
  for (const { segment } of graphemes.segment(plain)) {
    const next = used + graphemeWidth(segment);
    if (next > width - 1) break;
    cut += segment;
    used = next;
  }
  return `${cut}…${' '.repeat(width - 1 - used)}`;
}

/** The text in lines of at most `width` columns, broken at spaces; a word that is longer than a line is cut. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of printable(text, Infinity).split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)!} ${word}`;
    if (lines.length > 0 && textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(fit(word, Math.min(width, textWidth(word))));
  }
  return lines;
}
