import type { RandomStream } from '@polytag/core';

/** Numbers at which size arithmetic goes wrong. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** What means something in one of the text formats, or is odd as text. */
const PIECES = [
  ...['"', "'", '\n', '\r', '\r\n', '\t', '\0', ',', ';', '|', ':', '-', '{', '}', '[', ']', '(', ')', '<', '>', '&', '*', '#', '%', '!', '\\'],
  ...['__proto__', 'constructor', 'null', 'true', 'NaN', '-1', '0', '1e999', '-0', '9007199254740993', '""', '{}', '[]', '[[', '../', '/dev/zero', '/'],
  ...['&a ', '*a', '<<: ', '---\n', '!!js/function ', '? ', '<!--', '<![CDATA[', ']]>', '&lt;', '&#0;', '&x;', '<!DOCTYPE a>', '\\u0000', '\\ud800', '\\'],
  ...['\uFEFF', '\u0085', '\u2028', '\u202e', '\u200b', 'é', '🐕', 'x'.repeat(3000), '['.repeat(3000), '{"a":'.repeat(3000), '<a>'.repeat(3000)],
].map((text) => Buffer.from(text)); // prettier-ignore

const BYTES = [0xe9, 0xff, 0xfe, 0xc0, 0xed, 0xf4, 0x80, 0x00].map((byte) => Buffer.of(byte));

const pick = <T>(random: RandomStream, values: readonly T[]): T => values[random.integer(values.length)];

/** In the place of a value of JSON. */
const VALUES: readonly string[] = [
  ...['null', 'true', '0', '-1', '1.5', '1e308', '9007199254740992', '""', '" "', '"x"', '"1"', '"__proto__"', '"a\\nb"', '"\\u0000"', '"\\ud800"', '"../../x"', '"/dev/zero"', '"data:,x"'],
  ...['[]', '{}', '[[]]', '[null]', '[1, 2]', '["a", "a"]', '{"a": 1}', '{"length": 1e9}', JSON.stringify('x'.repeat(3000)), JSON.stringify(Array(1000).fill(0))],
  ...[`${'['.repeat(2000)}${']'.repeat(2000)}`, '{"__proto__": {"x": 1}, "constructor": {"prototype": 1}}'],
]; // prettier-ignore

/**
 * A JSON text of which one to three values are others, gone, given a new key, or exchanged with values elsewhere: damage
 * that a parser does not notice.
 */
export function damagedJson(text: string, random: RandomStream): string {
  const root: unknown = JSON.parse(text);
  for (let times = random.integer(3); times >= 0; times--) {
    const places: [holder: Record<string, unknown>, key: string][] = [];
    const walk = (value: unknown) => {
      if (typeof value !== 'object' || value === null || places.length > 5000) return;
      for (const [key, inner] of Object.entries(value).slice(0, 100)) {
        places.push([value as Record<string, unknown>, key]);
        walk(inner);
      }
    };
    walk(root);
    if (places.length === 0) return text;
    const [holder, key] = pick(random, places);
    const other = pick(random, places);
    switch (random.integer(5)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete holder[key];
        break;
      case 1:
        // Copied, so that nothing holds itself.
        holder[key] = copyOf(other[0][other[1]]);
        break;
      case 2:
        if (Array.isArray(holder)) holder.push(JSON.parse(pick(random, VALUES)));
        else
          Object.defineProperty(holder, pick(random, ['__proto__', 'constructor', 'x', '0', '7']), {
            value: JSON.parse(pick(random, VALUES)),
            enumerable: true,
            configurable: true,
            writable: true,
          });
        break;
      default:
        holder[key] = JSON.parse(pick(random, VALUES));
    }
  }
  return textOf(root) ?? text;
}

/** JSON, or undefined where values nest deeper than the writer of JSON can follow. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const copyOf = (value: unknown): unknown => JSON.parse(textOf(value) ?? '[]');

/**
 * A few changes anywhere: a byte, a number, a piece of a format put in or over, a part cut out, doubled,
 * moved or exchanged with another, the end cut off; now and then the whole in UTF-16.
 */
export function damaged(content: Uint8Array, random: RandomStream): Uint8Array {
  let bytes = Buffer.from(content);
  for (let times = random.integer(3); times >= 0; times--) {
    const at = random.integer(bytes.length + 1);
    const to = Math.min(bytes.length, at + 1 + random.integer(24));
    const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
    switch (random.integer(10)) {
      case 0:
        bytes[at % Math.max(bytes.length, 1)] = random.integer(8)
          ? 32 + random.integer(95)
          : random.integer(256);
        break;
      case 1:
        bytes = Buffer.concat([before, Buffer.from(String(pick(random, EDGES))), after]);
        break;
      case 2:
        bytes = Buffer.concat([before, after]);
        break;
      case 3:
        bytes = Buffer.concat([before, part, part, after]);
        break;
      case 4:
        bytes = Buffer.concat([after, before, part]);
        break;
      case 5:
        bytes = Buffer.from(before);
        break;
      case 6:
        if (random.integer(4) === 0) bytes = Buffer.concat([before, pick(random, BYTES), after]);
        break;
      case 7: {
        // A part of the file in the place of another.
        const from = random.integer(bytes.length + 1);
        bytes = Buffer.concat([before, bytes.subarray(from, from + 1 + random.integer(24)), after]);
        break;
      }
      default:
        bytes = Buffer.concat([before, pick(random, PIECES), random.integer(2) ? after : bytes.subarray(at)]);
    }
  }
  if (random.integer(64) === 0) return Buffer.from(`\uFEFF${bytes.toString('latin1')}`, 'utf16le');
  return bytes;
}
