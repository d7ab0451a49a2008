import { printable } from '@polytag/core';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Node, Range, Scalar, YAMLMap } from 'yaml';

/** Most values that aliases (`*name`) may add in all. Without a limit, a hundred lines could fill the memory. */
const ALIASED = 5000;
/** Most levels of nested groups. No config has a tenth of them, and code that reads the values is recursive. */
const DEPTH = 100;

/** Why a text cannot be read as YAML with plain values, and where. */
export class YamlFault extends Error {
  /** Line and column, from 1. */
  readonly line: number;
  readonly column: number;
  /** What to do, where it is known. */
  readonly hint?: string;

  constructor(
    message: string,
    { line, col }: { readonly line: number; readonly col: number },
    hint?: string,
  ) {
    super(printable(message, 300));
    this.line = line;
    this.column = col;
    this.hint = hint === undefined ? undefined : printable(hint, 300);
  }
}

/** The parser's commonest errors, matched by code and message, in plain words. */
const PLAINLY: readonly (readonly [RegExp, string])[] = [
  [/^MULTIPLE_DOCS/, 'more than one document in the file; expected one'],
  [/^RESOURCE_EXHAUSTION/, 'nested too deeply'],
  [/^\w+ Implicit /, 'expected a key, a colon, a space and a value'],
  [/^BLOCK_AS_IMPLICIT_KEY/, 'a second colon in the value; put text with a colon in quotes'],
  [/^\w+ Flow sequence /, 'the list does not end with ]'],
  [/^\w+ Flow map /, 'the group does not end with }'],
];

/** A key and a value without a space after the colon, such as `epochs:5`. Addresses and paths do not match. */
const UNSPACED = /^([\w.-]{1,200}):(?![\s/\\])(.+)$/;

/** Some of the parser's messages end with the place and the line. */
const PLACE = / at line \d+, column \d+:.*$/s;

/**
 * Reads one YAML or JSON document into plain values: `null`, booleans, numbers, strings, lists and objects. Anything in
 * quotes is text; `5e-4` without quotes is a number. Aliases and merge keys (`<<: *name`) are resolved.
 *
 * @throws YamlFault for a syntax error, a key twice, several documents, a tag that is not YAML's own, the key
 *   `__proto__`, a key in braces without a space after its colon, and an alias that is unknown, holds itself, or grows beyond 5000 values
 */
export function parseYaml(text: string): unknown {
  const lines = new LineCounter();
  const faultAt = (message: string, offset: number, hint?: string) =>
    new YamlFault(message, lines.linePos(offset), hint);
  // A lone carriage return ends a line too; the parser knows the other two ends. Places stay what they are.
  const document = parseDocument(text.replace(/\r(?!\n)/g, '\n'), {
    lineCounter: lines,
    prettyErrors: false,
    resolveKnownTags: false,
    // Also where a directive asks for YAML 1.1, in which `no` and `1:30` are not what they look like.
    schema: 'core',
    version: '1.2',
    merge: false,
  });
  // A warning is of a tag that nothing here can read: `!!js/function`, `!!timestamp`, `!own`.
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault) {
    const [, plain = fault.message.replace(PLACE, '')] =
      PLAINLY.find(([pattern]) => pattern.test(`${fault.code} ${fault.message}`)) ?? [];
    throw faultAt(plain, fault.pos[0], spaced(text.slice(...fault.pos).split('\n', 1)));
  }
  return document.contents ? new Reader(faultAt).read(document.contents) : null;
}

/** What to write instead of words such as `epochs:5`; undefined if no word is of that kind. */
function spaced(words: readonly string[], [before, after] = ['', '']): string | undefined {
  const pairs = words.map((word) => UNSPACED.exec(word)).filter((match) => match !== null);
  if (pairs.length === 0) return undefined;
  const shown = pairs.map(([, key, value]) => `${key}: ${value}`);
  return `Write a space after the colon: ${before}${shown.join(', ')}${after}.`;
}

interface Anchored {
  /** Undefined until the whole value is read: an alias to it then is inside it. */
  value?: unknown;
  /** Number of values in a copy. */
  size?: number;
}

class Reader {
  readonly #anchors = new Map<string, Anchored>();
  readonly #faultAt: (message: string, offset: number, hint?: string) => YamlFault;
  /** Values made so far. */
  #made = 0;
  #aliased = 0;
  #depth = 0;

  constructor(faultAt: (message: string, offset: number, hint?: string) => YamlFault) {
    this.#faultAt = faultAt;
  }

  read(node: Node): unknown {
    if (isAlias(node)) return this.#copyOf(node.source, node);
    if (this.#depth > DEPTH) throw this.#fault('nested too deeply', node);
    const { anchor } = node as { anchor?: string };
    const anchored: Anchored = {};
    if (anchor) this.#anchors.set(anchor, anchored);
    const before = this.#made++;
    this.#depth++;
    anchored.value = this.#content(node);
    this.#depth--;
    anchored.size = this.#made - before;
    return anchored.value;
  }

  #content(node: Node): unknown {
    if (isScalar(node)) return node.value;
    if (isSeq<Node>(node)) return node.items.map((item) => this.read(item));
    if (isMap<Node, Node | null>(node)) {
      this.#assertSpaced(node);
      const own = new Map<string, unknown>();
      const merged = new Map<string, unknown>();
      for (const { key, value } of node.items) {
        if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') {
          for (const [name, inner] of this.#merged(value, key))
            if (!merged.has(name)) merged.set(name, inner);
          continue;
        }
        const name = this.#key(key);
        if (own.has(name)) throw this.#fault(`the key "${name}" occurs twice`, key);
        own.set(name, value === null ? null : this.read(value));
      }
      // The order of the file; what is merged comes after.
      return Object.fromEntries([...own, ...[...merged].filter(([name]) => !own.has(name))]);
    }
    throw this.#fault('expected a plain value, a list or a group of keys', node);
  }

  /** Without a space after its colon, `{space:logits}` is the key `space:logits` without a value. */
  #assertSpaced({ flow, items }: YAMLMap<Node, Node | null>): void {
    if (!flow) return;
    const lone = items.filter(({ key, value }) => value === null && isScalar(key) && key.type === 'PLAIN');
    const keys = lone.map(({ key }) => String((key as Scalar).value));
    const at = keys.findIndex((key) => UNSPACED.test(key));
    if (at < 0) return;
    const hint = spaced(keys, ['{', '}']);
    throw this.#fault(`"${keys[at]}" has no value`, lone[at].key, hint);
  }

  /** The keys that `<<` merges in. If several groups have a key, the first one counts. */
  #merged(value: Node | null, key: Node): [string, unknown][] {
    const brought = value === null ? null : this.read(value);
    const groups = Array.isArray(brought) ? brought : [brought];
    return groups.flatMap((group: unknown) => {
      if (group && typeof group === 'object' && !Array.isArray(group)) return Object.entries(group);
      throw this.#fault('expected a group of keys after <<', key);
    });
  }

  #key(node: Node): string {
    const value = isAlias(node) ? this.read(node) : isScalar(node) ? this.#scalarKey(node) : undefined;
    if (typeof value !== 'string') throw this.#fault('expected a word as the key', node);
    // As a key of an object it would be something else than a key.
    if (value === '__proto__') throw this.#fault('the key "__proto__" is not allowed', node);
    return value;
  }

  /** A number as it is written: `007` stays `007`. */
  #scalarKey(node: Node & { value: unknown; source?: string }): unknown {
    const value = this.read(node);
    return typeof value === 'string' ? value : (node.source ?? String(value));
  }

  #copyOf(name: string, node: Node): unknown {
    const anchored = this.#anchors.get(name);
    if (!anchored) {
      throw this.#fault(
        `*${name} refers to &${name}, which is not defined above; put text that begins with * in quotes`,
        node,
      );
    }
    if (anchored.size === undefined) throw this.#fault(`*${name} is inside &${name} itself`, node);
    this.#made += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased > ALIASED)
      throw this.#fault(`the aliases expand to more than ${ALIASED} values (at *${name})`, node);
    return structuredClone(anchored.value);
  }

  #fault(message: string, node: Node, hint?: string): YamlFault {
    return this.#faultAt(message, (node.range as Range | null | undefined)?.[0] ?? 0, hint);
  }
}
