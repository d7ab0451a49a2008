/**
 * Characters without a shape of their own: soft hyphen, zero-width, direction and variation marks, byte order mark. The
 * tags that tell the flag of England from that of Wales are not among them.
 */
const INVISIBLE = /(?![\u{E0000}-\u{E007F}])\p{Cf}|\u034F|\p{Variation_Selector}/gu;
/** The joiners, and the marks that choose between text and picture: scripts and emoji need them between letters. */
const JOINERS = '\u200C\u200D\uFE0E\uFE0F';

/**
 * What two labels have in common that a reader takes for the same: neither case, nor Unicode form (composed, decomposed,
 * full-width), nor white space, nor characters that cannot be seen count.
 */
export function lookAlikeKey(label: string): string {
  const folded = label.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replace(INVISIBLE, '').replace(/\s+/gu, '');
}

/**
 * Groups of labels that differ only in case, Unicode form, white space or characters that cannot be seen, in the order
 * given. Labels that look like no other are in none.
 */
export function lookAlikes(labels: Iterable<string>): readonly (readonly string[])[] {
  const groups = new Map<string, Set<string>>();
  for (const label of labels) {
    const key = lookAlikeKey(label);
    const group = groups.get(key);
    if (group) group.add(label);
    else groups.set(key, new Set([label]));
  }
  return [...groups.values()].filter((group) => group.size > 1).map((group) => [...group]);
}

/**
 * A label without what cannot be seen: composed (NFC), white space at the ends gone and single inside, no invisible
 * characters but the joiners that scripts and emoji need between letters.
 */
export function plainSpelling(label: string): string {
  const visible = label.normalize('NFC').replace(INVISIBLE, (mark) => (JOINERS.includes(mark) ? mark : ''));
  return visible.replace(/\s+/gu, ' ').replace(/^(?:\s|\u200C|\u200D)+|(?:\s|\u200C|\u200D)+$/gu, '');
}

/**
 * Labels in quotes, so that a difference between them can be seen: what is not plain text (white space other than a
 * space, invisible and control characters) is written as an escape, and letters beyond ASCII are too where two spellings
 * would look the same.
 */
export function visibleSpellings(labels: readonly string[]): readonly string[] {
  const shown = labels.map((label) => escaped(label, /[^\P{C}]|[^\S ]|[\uFE00-\uFE0F\u034F]/gu));
  const seen = new Set(shown.map((one) => one.normalize('NFKC')));
  return seen.size === shown.length ? shown : labels.map((label) => escaped(label, /[^\x20-\x7E]/gu));
}

const escaped = (label: string, what: RegExp): string =>
  `"${label.replace(what, (character) => {
    const code = character.codePointAt(0)!.toString(16).toUpperCase();
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\u{${code}}`;
  })}"`;
