import { PickledGlobal, PickledUnread, type PickleValue } from '../pickle/pickle-value.js';
import { PLAIN_GLOBALS } from '../pickle/plain-globals.js';
import { ELEMENT_BYTES, type Dtype } from '../tensors/dtype.js';
import { Storage, TensorView } from './tensor-view.js';

/** `torch.FloatStorage` and its like: named in the id of a storage, never called. */
export class StorageType extends PickledGlobal {
  /** @param dtype undefined: elements that nobody reads here, e.g. complex ones */
  constructor(
    name: string,
    readonly dtype: Dtype | undefined,
    readonly elementBytes: number,
  ) {
    super(name);
  }
}

const STORAGE_TYPES: Readonly<Record<string, Dtype | number>> = {
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
  // Read past: the bytes of an element.
  ComplexDoubleStorage: 16,
  ComplexFloatStorage: 8,
  QInt32Storage: 4,
  QInt8Storage: 1,
  QUInt8Storage: 1,
  QUInt4x2Storage: 1,
  QUInt2x4Storage: 1,
  UntypedStorage: 1,
  _UntypedStorage: 1,
};

export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const isCounts = (value: PickleValue): value is readonly number[] =>
  Array.isArray(value) && value.every(isCount);

/** `_rebuild_tensor(storage, offset, size, stride)`; version 2 adds what only training needs. */
function tensor([storage, offset, shape, strides]: readonly PickleValue[]): PickleValue {
  if (storage instanceof PickledUnread) return storage;
  if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    throw new Error('a tensor has no storage, offset, shape or strides');
  }
  return new TensorView(storage, offset, shape, strides);
}

/** `_rebuild_parameter(data, …)`; with a state it has attributes, which are not read. */
function parameter([data]: readonly PickleValue[]): PickleValue {
  if (!(data instanceof TensorView || data instanceof PickledUnread))
    throw new Error('a parameter has no tensor');
  return data;
}

/** `_rebuild_from_type_v2(function, type, arguments, state)`: a tensor of a subclass, or with attributes. */
function fromType([rebuild, , args]: readonly PickleValue[]): PickleValue {
  if (!(rebuild instanceof PickledGlobal) || !rebuild.call || !Array.isArray(args)) {
    throw new Error('a tensor has no data to rebuild it from');
  }
  return rebuild.call(args as readonly PickleValue[]);
}

const size = ([extents]: readonly PickleValue[]): PickleValue =>
  isCounts(extents) ? extents : new PickledUnread('torch.Size');

/** `torch.device('cuda', 0)`: a text. */
const device = (parts: readonly PickleValue[]): PickleValue =>
  parts.every((part) => typeof part === 'string' || typeof part === 'number')
    ? parts.join(':')
    : new PickledUnread('torch.device');

const callable = (name: string, call: (args: readonly PickleValue[]) => PickleValue) =>
  [name, new PickledGlobal(name, call)] as const;

/** What makes tensors, and plain data of training programs. */
export const CHECKPOINT_GLOBALS: ReadonlyMap<string, PickledGlobal> = new Map<string, PickledGlobal>([
  ...PLAIN_GLOBALS,
  ...['torch', 'torch.cuda', 'torch.storage'].flatMap((module) =>
    Object.entries(STORAGE_TYPES).map(([type, held]) => {
      const [dtype, bytes] = typeof held === 'number' ? [undefined, held] : [held, ELEMENT_BYTES[held]];
      return [`${module}.${type}`, new StorageType(`${module}.${type}`, dtype, bytes)] as const;
    }),
  ),
  callable('torch._utils._rebuild_tensor', tensor),
  callable('torch._utils._rebuild_tensor_v2', tensor),
  callable('torch._utils._rebuild_parameter', parameter),
  callable('torch._utils._rebuild_parameter_with_state', parameter),
  ...['torch._tensor', 'torch.tensor'].flatMap((module) => [
    callable(`${module}._rebuild_from_type`, fromType),
    callable(`${module}._rebuild_from_type_v2`, fromType),
  ]),
  callable('torch.nn.parameter.Parameter', parameter),
  callable('torch.Size', size),
  callable('torch.device', device),
]);
