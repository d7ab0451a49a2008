/** What a cell in the column of a label means. */
export type Flag = 'present' | 'absent' | 'minus-one' | 'unknown' | 'empty';

// Numbers as NumPy writes them too, `1.000e+00`. The words are those that pandas, spreadsheets (in five languages) and people write.
const PRESENT =
  /^(?:\+?1(?:[.,]0*)?(?:e[+-]?0+)?|true|t|yes|y|x|✓|✔|✅|☑|wahr|ja|vrai|oui|verdadero|sí|si|vero)$/;
const ABSENT = /^(?:[+-]?0(?:[.,]0*)?(?:e[+-]?\d+)?|false|f|no|n|✗|✘|❌|✖|☐|falsch|nein|faux|non|falso)$/;
const MINUS_ONE = /^-1(?:[.,]0*)?(?:e[+-]?0+)?$/;
const UNKNOWN = /^(?:\?|nan|na|n\/a|<na>|null|none|unknown)$/;

/** Undefined for any other cell. */
export function flagOf(cell: string): Flag | undefined {
  // Emoji may end with a mark that asks for colour.
  const word = cell
    .trim()
    .toLowerCase()
    .replace(/\ufe0f$/, '');
  if (word === '') return 'empty';
  if (PRESENT.test(word)) return 'present';
  if (ABSENT.test(word)) return 'absent';
  if (MINUS_ONE.test(word)) return 'minus-one';
  return UNKNOWN.test(word) ? 'unknown' : undefined;
}
