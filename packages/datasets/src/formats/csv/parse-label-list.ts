/** One element of a Python list: quoted either way (with a prefix such as `u`), or bare. */
const ELEMENT =
  /\s*(?:[uUrRbB]?'((?:[^'\\]|\\.)*)'|[uUrRbB]?"((?:[^"\\]|\\.)*)"|([^\s'"[\](){},][^'"[\],]*?))\s*(,|$|(?<=\s)(?=['"]))/sy;

/**
 * `['a', 'b']`, the tuple, set and NumPy array of the same, what NumPy prints: `['a' 'b']`, and an array of PostgreSQL:
 * `{a,b}`. A tuple without quotes is a label in brackets.
 */
const BRACKETS =
  /^\s*(?:(?:(?:np\.|numpy\.)?array|set|frozenset|list|tuple)\(\s*)?(?:\[(.*)\]|\(((?=.*['"]).*|\s*)\)|\{(.*)\})\s*(?:,\s*dtype=[^)]*)?\)?\s*$/s;
/** What `set([])` prints when it is empty. */
const EMPTY = /^\s*(?:set|frozenset|list|tuple)\(\s*\)\s*$/;
/** Numbers as NumPy prints them, without commas. */
const NUMBERS = /^[+-]?[\d.]+(?:\s+[+-]?[\d.]+)+$/;
/** Elements without quotes that say that nothing is there. */
const NOTHING = /^(?:nan|none|null|<na>)$/i;

/**
 * The elements of a list literal of names as Python or JSON writes it, e.g. `['clouds', 'sky']`; undefined for anything
 * else.
 */
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
    else if (!NOTHING.test(found[3])) labels.push(found[3]);
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
