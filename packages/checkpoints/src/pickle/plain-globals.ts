import { numpyScalar, numpyType } from './numpy-scalar.js';
import {
  MAX_NAME_LENGTH,
  PickledGlobal,
  PickledRecord,
  PickledUnread,
  type PickleValue,
} from './pickle-value.js';

/** Makes plain data of the arguments, or undefined when they are not what is known of them. */
type Make = (args: readonly PickleValue[]) => PickleValue | undefined;

const isDict = (value: PickleValue | undefined): value is ReadonlyMap<PickleValue, PickleValue> =>
  value instanceof Map;

/** `OrderedDict()`, `OrderedDict([(key, value), …])`, `Counter({…})`. */
const dict: Make = ([items, ...rest]) => {
  if (rest.length > 0) return undefined;
  if (items === undefined) return new Map();
  if (isDict(items)) return new Map(items);
  if (!Array.isArray(items) || !items.every((pair) => Array.isArray(pair) && pair.length === 2))
    return undefined;
  return new Map(items as [PickleValue, PickleValue][]);
};

const sequence: Make = ([values, ...rest]) => {
  if (values === undefined) return [];
  return rest.length === 0 && Array.isArray(values) ? [...values] : undefined;
};

/** Bytes, which protocol 2 writes as a text with one character a byte. */
const encoded: Make = ([text = '', encoding = 'latin1']) => {
  if (text instanceof Uint8Array) return text.slice();
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) return undefined;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return undefined;
    bytes[i] = code;
  }
  return bytes;
};

/** What annealing function a one-cycle schedule was saved with, and their like: a name, and never the function. */
const attribute: Make = ([owner, name]) =>
  owner instanceof PickledGlobal && typeof name === 'string' && name.length <= MAX_NAME_LENGTH
    ? new PickledGlobal(`${owner.name}.${name}`)
    : undefined;

const complex: Make = ([real = 0, imaginary = 0]) => [real, imaginary];

/** What it is not known how to make of other arguments is left unread. */
const callable = (name: string, make: Make) =>
  [name, new PickledGlobal(name, (args) => make(args) ?? new PickledUnread(name))] as const;

/** Plain data that training programs keep beside the weights. Each call makes data and does nothing else. */
export const PLAIN_GLOBALS: ReadonlyMap<string, PickledGlobal> = new Map([
  callable('collections.OrderedDict', dict),
  callable('collections.Counter', dict),
  callable('collections.defaultdict', ([, ...items]) => dict(items)),
  callable('builtins.dict', dict),
  callable('builtins.list', sequence),
  callable('builtins.tuple', sequence),
  callable('builtins.set', sequence),
  callable('builtins.frozenset', sequence),
  callable('builtins.bytes', encoded),
  callable('builtins.bytearray', encoded),
  callable('builtins.complex', complex),
  callable('builtins.getattr', attribute),
  callable('_codecs.encode', encoded),
  ...['argparse.Namespace', 'types.SimpleNamespace'].map((name) =>
    callable(name, (args) => (args.length === 0 ? new PickledRecord() : undefined)),
  ),
  ...['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar'].map((name) =>
    callable(name, numpyScalar),
  ),
  callable('numpy.dtype', numpyType),
]);
