/**
 * What must not reach a terminal or a line of a log as it is: control characters, line and paragraph separators,
 * characters that are not seen or turn the direction of text round (Unicode category Cf, the Hangul fillers), and
 * halves of surrogate pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]/u;
/** After these, a joiner or non-joiner belongs to the spelling: Arabic and Indic scripts, and emoji of several parts. */
const JOINS = /[\p{Script=Arabic}\p{Mark}\p{Extended_Pictographic}\p{Emoji_Modifier}]/u;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * An untrusted value (label, file name, quoted text) as one line that is safe to print: invisible characters are
 * escaped (`\n`, `\x1b`, `\u202e`), and a long value is cut.
 *
 * @param max maximum number of characters before `…` (default 120)
 */
export function printable(text: string, max = 120): string {
  let shown = '';
  let before = '';
  for (const character of text) {
    const seen = !UNSEEN.test(character) || (/[\u200c\u200d]/.test(character) && JOINS.test(before));
    const next = seen ? character : escaped(character);
    if (shown.length + next.length > max) return `${shown}…`;
    shown += next;
    before = character;
  }
  return shown;
}

/**
 * A value as JSON on one line that is safe to print. Invisible characters are JSON escapes, so it parses to the same
 * value.
 */
export function printableJson(value: unknown): string {
  // JSON's own writer escapes what is below a space only.
  return JSON.stringify(value).replace(new RegExp(UNSEEN, 'gu'), (unseen) =>
    Array.from(
      { length: unseen.length },
      (_, i) => `\\u${unseen.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

function escaped(character: string): string {
  if (SHORT[character]) return SHORT[character];
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}
