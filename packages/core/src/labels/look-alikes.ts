/**
 * Characters without a shape of their own: soft hyphen, zero-width, direction and variation marks, byte order mark. The
 * tags that tell the flag of England from that of Wales are not among them.
 */
const INVISIBLE = /(?![\u{E0000}-\u{E007F}])\p{Cf}|\u034F|\p{Variation_Selector}/gu;
/** The joiners, and the marks that choose between text and picture: scripts and emoji need them between letters. */
const JOINERS = '\u200C\u200D\uFE0E\uFE0F';

/**
 * Key that is equal for labels that look alike: case, Unicode form (composed, decomposed, full-width), white space and
 * invisible characters do not count.
 */
export function lookAlikeKey(label: string): string {
  const folded = label.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replace(INVISIBLE, '').replace(/\s+/gu, '');
}

/**
 * Groups of labels that differ only in case, Unicode form, white space or invisible characters, in the given order.
 * Labels without a look-alike are left out.
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
 * Normalises the spelling of a label: composed (NFC), no white space at the ends, single spaces inside, no invisible
 * characters except the joiners that scripts and emoji need.
 */
export function plainSpelling(label: string): string {
  const visible = label.normalize('NFC').replace(INVISIBLE, (mark) => (JOINERS.includes(mark) ? mark : ''));
  return visible.replace(/\s+/gu, ' ').replace(/^(?:\s|\u200C|\u200D)+|(?:\s|\u200C|\u200D)+$/gu, '');
}

/**
 * Quotes labels so that their differences are visible: white space other than a space, invisible and control characters
 * are escaped. Letters beyond ASCII are escaped too if two spellings would look the same.
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
