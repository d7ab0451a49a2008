import { PickledGlobal, type PickleValue } from './pickle-value.js';
import { PickledRecord } from './unpickle.js';

const isDict = (value: PickleValue | undefined): value is ReadonlyMap<PickleValue, PickleValue> =>
  value instanceof Map;

/** `OrderedDict()`, `OrderedDict([(key, value), …])`, `Counter({…})`. */
function dict([items, ...rest]: readonly PickleValue[]): PickleValue {
  if (rest.length > 0) throw new Error('a dict of more than one argument');
  if (items === undefined) return new Map();
  if (isDict(items)) return new Map(items);
  if (!Array.isArray(items) || !items.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw new Error('a dict of what is not pairs');
  }
  return new Map(items as [PickleValue, PickleValue][]);
}

function sequence(args: readonly PickleValue[]): PickleValue {
  const [values, ...rest] = args;
  if (values === undefined) return [];
  if (rest.length > 0 || !Array.isArray(values)) throw new Error('a sequence of what is not one');
  return [...values];
}

function nothing(args: readonly PickleValue[]): void {
  if (args.length > 0) throw new Error('arguments where none belong');
}

/** Bytes, which protocol 2 writes as a text with one character a byte. */
function encoded([text, encoding]: readonly PickleValue[]): PickleValue {
  if (typeof text !== 'string' || encoding !== 'latin1') throw new Error('a text of another encoding');
  const codes = Array.from(text, (character) => character.codePointAt(0)!);
  if (codes.some((code) => code > 0xff)) throw new Error('a byte above 255');
  return Uint8Array.from(codes);
}

/** What annealing function a one-cycle schedule was saved with: a name, and never the function. */
function scheduleFunction([owner, name]: readonly PickleValue[]): PickleValue {
  if (!(owner instanceof PickledGlobal) || owner.call !== undefined || typeof name !== 'string') {
    throw new Error('an attribute of what has none');
  }
  return `${owner.name}.${name}`;
}

const callable = (name: string, call: (args: readonly PickleValue[]) => PickleValue) =>
  [name, new PickledGlobal(name, call)] as const;

/** Plain Python that training programs keep beside the weights. Each call makes data and does nothing else. */
export const PLAIN_GLOBALS: ReadonlyMap<string, PickledGlobal> = new Map([
  callable('collections.OrderedDict', dict),
  callable('collections.Counter', dict),
  callable('collections.defaultdict', ([, ...items]) => dict(items)),
  callable('builtins.dict', dict),
  callable('builtins.list', sequence),
  callable('builtins.tuple', sequence),
  callable('builtins.set', sequence),
  callable('builtins.frozenset', sequence),
  callable('builtins.getattr', scheduleFunction),
  ['builtins.int', new PickledGlobal('builtins.int')],
  ['builtins.float', new PickledGlobal('builtins.float')],
  callable('_codecs.encode', encoded),
  callable('argparse.Namespace', (args) => {
    nothing(args);
    return new PickledRecord();
  }),
]);
