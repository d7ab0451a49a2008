import { withoutQuotes } from './label-separator.js';

/** One element of a Python list, in single or double quotes (with a prefix such as `u`), or without. */
const ELEMENT =
  /\s*(?:[uUrRbB]?'((?:[^'\\]|\\.)*)'|[uUrRbB]?"((?:[^"\\]|\\.)*)"|([^\s'"[\](){},][^'"[\],]*?))\s*(,|$|(?<=\s)(?=['"]))/sy;

/**
 * `['a', 'b']`, also as a tuple, set or NumPy array, `['a' 'b']` as NumPy prints it, and `{a,b}` of PostgreSQL. A tuple
 * without quotes is a label in parentheses.
 */
const BRACKETS =
  /^\s*(?:(?:(?:np\.|numpy\.)?array|set|frozenset|list|tuple)\(\s*)?(?:\[(.*)\]|\(((?=.*['"]).*|\s*)\)|\{(.*)\})\s*(?:,\s*dtype=[^)]*)?\)?\s*$/s;
/** How Python prints an empty set. */
const EMPTY = /^\s*(?:set|frozenset|list|tuple)\(\s*\)\s*$/;
/** Numbers as NumPy prints them, without commas. */
const NUMBERS = /^[+-]?[\d.]+(?:\s+[+-]?[\d.]+)+$/;
/** Unquoted elements that mean nothing. */
const NOTHING = /^(?:nan|none|null|<na>)$/i;

/** Parses a list of names as Python or JSON writes it, e.g. `['clouds', 'sky']`; undefined for anything else. */
export function parseLabelList(text: string): string[] | undefined {
  if (EMPTY.test(text)) return [];
  const brackets = BRACKETS.exec(text);
  const inner = brackets?.[1] ?? brackets?.[2] ?? brackets?.[3];
  if (inner === undefined) return undefined;
  const labels: string[] = [];
  for (let at = 0; at < inner.length && inner.slice(at).trim() !== ''; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at;
    const found = ELEMENT.exec(inner);
    if (!found) return undefined;
    const quoted = found[1] ?? found[2];
    if (quoted !== undefined) labels.push(unescaped(quoted));
    else if (found[3].includes(':')) return undefined;
    else if (NUMBERS.test(found[3])) labels.push(...found[3].split(/\s+/));
    else if (!NOTHING.test(found[3])) labels.push(withoutQuotes(found[3]));
  }
  return labels;
}

const NAMED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

const unescaped = (text: string): string =>
  text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gs,
    (whole, x?: string, u?: string, U?: string, other?: string) => {
      const code = x ?? u ?? U;
      if (code === undefined) return NAMED[other!] ?? other!;
      const point = parseInt(code, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
