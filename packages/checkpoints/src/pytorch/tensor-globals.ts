import { PickledGlobal, type PickleValue } from '../pickle/pickle-value.js';
import { PLAIN_GLOBALS } from '../pickle/plain-globals.js';
import type { Dtype } from '../tensors/dtype.js';
import { Storage, TensorView } from './tensor-view.js';

/** `torch.FloatStorage` and its like: named in the id of a storage, never called. */
export class StorageType extends PickledGlobal {
  constructor(
    name: string,
    readonly dtype: Dtype,
  ) {
    super(name);
  }
}

const STORAGE_TYPES: Readonly<Record<string, Dtype>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** The types that a pickle may name as values, e.g. in the arguments that a program was started with. */
const DTYPES =
  'float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool double float half long int short'.split(
    ' ',
  );

export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const isCounts = (value: PickleValue): value is readonly number[] =>
  Array.isArray(value) && value.every(isCount);

/** `_rebuild_tensor(storage, offset, size, stride)`; version 2 adds what only training needs. */
function tensor([storage, offset, shape, strides]: readonly PickleValue[]): PickleValue {
  if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    throw new Error('a tensor without storage, offset, shape or strides');
  }
  return new TensorView(storage, offset, shape, strides);
}

function parameter([data]: readonly PickleValue[]): PickleValue {
  if (!(data instanceof TensorView)) throw new Error('a parameter without its tensor');
  return data;
}

function size([extents]: readonly PickleValue[]): PickleValue {
  if (!isCounts(extents)) throw new Error('a shape of what is not counts');
  return extents;
}

/** `torch.device('cuda', 0)`: a text. */
const device = (parts: readonly PickleValue[]): PickleValue => parts.map(String).join(':');

/** NumPy's type of a scalar: training programs save scores in it. Its state, the byte order, is left out. */
function numpyType([name]: readonly PickleValue[]): PickleValue {
  if (typeof name !== 'string') throw new Error('a numpy type without a name');
  return new Map<PickleValue, PickleValue>([['numpy', name]]);
}

function numpyScalar([type, bytes]: readonly PickleValue[]): PickleValue {
  const name = type instanceof Map ? type.get('numpy') : undefined;
  const raw = typeof bytes === 'string' ? Uint8Array.from(bytes, (c) => c.charCodeAt(0)) : bytes;
  if (!(raw instanceof Uint8Array)) throw new Error('a numpy number without its bytes');
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  switch (name) {
    case 'f8':
      return view.getFloat64(0, true);
    case 'f4':
      return view.getFloat32(0, true);
    case 'i8':
      return Number(view.getBigInt64(0, true));
    case 'i4':
      return view.getInt32(0, true);
    case 'b1':
      return view.getUint8(0) !== 0;
    default:
      throw new Error(`a numpy number of type ${String(name)}`);
  }
}

const callable = (name: string, call: (args: readonly PickleValue[]) => PickleValue) =>
  [name, new PickledGlobal(name, call)] as const;

const named = (name: string) => [name, new PickledGlobal(name)] as const;

/**
 * Everything that a checkpoint may name: what makes tensors, and plain data of training programs. What is missing
 * here is refused.
 */
export const CHECKPOINT_GLOBALS: ReadonlyMap<string, PickledGlobal> = new Map<string, PickledGlobal>([
  ...PLAIN_GLOBALS,
  ...['torch', 'torch.cuda', 'torch.storage'].flatMap((module) =>
    Object.entries(STORAGE_TYPES).map(
      ([type, dtype]) => [`${module}.${type}`, new StorageType(`${module}.${type}`, dtype)] as const,
    ),
  ),
  ...DTYPES.map((type) => named(`torch.${type}`)),
  callable('torch._utils._rebuild_tensor', tensor),
  callable('torch._utils._rebuild_tensor_v2', tensor),
  callable('torch._utils._rebuild_parameter', parameter),
  callable('torch.nn.parameter.Parameter', parameter),
  callable('torch.Size', size),
  callable('torch.device', device),
  named('torch.optim.lr_scheduler.OneCycleLR'),
  ...['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar'].map((name) =>
    callable(name, numpyScalar),
  ),
  callable('numpy.dtype', numpyType),
]);
