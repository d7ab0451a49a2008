import { backend as currentBackend, getBackend, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import { EngineError, memoryText } from '@polytag/core';
import {
  kernelCalls,
  type KernelCalls,
  type KernelModule,
  type TableField,
} from './generated/kernel-calls.js';
import type { WasmMemory } from './web-assembly.js';

/** Where a kernel reads or writes: a tensor on the heap, or an address there. */
export type Operand = TensorInfo | number;

interface TensorData {
  id: number;
  memoryOffset: number;
  refCount: number;
}

/** What the kernels use of tfjs's wasm backend. */
export interface WasmBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    readonly asm?: { readonly memory?: WasmMemory };
    readonly wasmMemory?: WasmMemory;
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** The backend's table of tensors, by number. */
    readonly tfjs: {
      registerTensor(id: number, size: number, address: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: { get(dataId: object): TensorData };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  incRef(dataId: object): void;
  disposeData(dataId: object): boolean;
  refCount(dataId: object): number;
}

interface Host {
  readonly backend: WasmBackend;
  kernels: KernelCalls<Operand>;
  scratchAddress: number;
  scratchBytes: number;
}

let host: Host | undefined;

/** True when the current tfjs backend is wasm and the training kernels work on its memory. */
export function kernelsAttached(): boolean {
  return host !== undefined && getBackend() === 'wasm' && (currentBackend() as unknown) === host.backend;
}

function attached(): Host {
  if (!host) {
    throw new EngineError('engine/not-ready', 'the training kernels are not attached to the wasm backend', {
      hint: "await useEngine('wasm') first",
    });
  }
  return host;
}

/** Functions of the kernel module that do nothing, and need no memory. */
const IDLE = new Proxy({}, { get: () => () => 0 }) as KernelCalls<Operand>;
let isIdle = false;

/** The functions of the attached kernel module. */
export function kernels(): KernelCalls<Operand> {
  return isIdle ? IDLE : attached().kernels;
}

/**
 * Runs a computation whose input has no elements: its outputs are all 0, as sums over nothing are. The kernels divide by
 * sizes, and an address of nothing may lie outside the memory.
 */
export function computingNothing<Result>(compute: () => Result): Result {
  isIdle = true;
  try {
    return compute();
  } finally {
    isIdle = false;
  }
}

/** Byte address of a tensor's data on the wasm heap, up to 4 GB. Valid as long as the tensor lives. */
export function address(tensor: TensorInfo): number {
  return attached().backend.dataIdMap.get(tensor.dataId).memoryOffset >>> 0;
}

/** A new tensor on the wasm heap. Its values are not initialised. */
export function output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
  const made = attached().backend.makeOutput([...shape], dtype);
  if (isIdle) heapFloats(made).fill(0);
  return made;
}

/** Frees a tensor of `output` that is no result. */
export function release(tensor: TensorInfo): void {
  attached().backend.disposeData(tensor.dataId);
}

/** The same buffer under another shape: nothing is copied, the reference count goes up. */
export function share(tensor: TensorInfo, shape: readonly number[] = tensor.shape): TensorInfo {
  attached().backend.incRef(tensor.dataId);
  return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
}

/** True when another tensor (a clone, a reshape, a value saved for a gradient) reads the same buffer. */
export function isShared(tensor: TensorInfo): boolean {
  return attached().backend.refCount(tensor.dataId) > 1;
}

/**
 * Working memory of at least `bytes`, from the start of a cache line. There is one such region: it is valid until the
 * next call of `scratch`, so one kernel asks once, for all it needs.
 */
export function scratch(bytes: number): number {
  const current = attached();
  if (bytes > current.scratchBytes) {
    releaseScratch();
    current.scratchAddress = current.backend.wasm._malloc(bytes) >>> 0;
    current.scratchBytes = bytes;
  }
  return current.scratchAddress;
}

/** Frees the working memory; the next kernel that needs some allocates it anew. */
export function releaseScratch(): void {
  const current = attached();
  if (current.scratchAddress) current.backend.wasm._free(current.scratchAddress);
  current.scratchAddress = 0;
  current.scratchBytes = 0;
}

/** Stores an array in working memory (see `scratch`). @returns its address there */
export function storeInScratch(values: Float32Array): number {
  const place = scratch(values.byteLength);
  new Float32Array(attached().backend.wasm.HEAPU8.buffer, place, values.length).set(values);
  return place;
}

/** A record of the table that a kernel works through in one call, as its source declares it. */
export type TableRecord<Name extends KernelWithTable> = Parameters<
  KernelCalls<Operand>[Name]
>[0]['table'][number];

type KernelWithTable = {
  [Name in keyof KernelCalls<Operand>]: Parameters<KernelCalls<Operand>[Name]>[0] extends {
    readonly table: readonly object[];
  }
    ? Name
    : never;
}[keyof KernelCalls<Operand>];

const addressOf = (place: Operand): number => (typeof place === 'number' ? place : address(place));

/** Stores a kernel's records in working memory (see `scratch`), 4 bytes a field. @returns their address */
function storeTable(records: readonly object[], fields: readonly TableField[]): number {
  const words = records.length * fields.length;
  const table = scratch(4 * words);
  const { buffer } = attached().backend.wasm.HEAPU8;
  const integers = new Uint32Array(buffer, table, words);
  const floats = new Float32Array(buffer, table, words);
  let at = 0;
  for (const record of records as readonly Readonly<Record<string, Operand | boolean>>[]) {
    for (const [name, word] of fields) {
      const value = record[name];
      if (word === 'float') floats[at++] = value as number;
      else integers[at++] = word === 'place' ? addressOf(value as Operand) : Number(value);
    }
  }
  return table;
}

/**
 * Exchanges the memory of two tensors of one size and type: each has the other's values, and nothing is copied. Neither may
 * be shared.
 */
export function exchange(a: TensorInfo, b: TensorInfo): void {
  const { dataIdMap } = attached().backend;
  const [ofA, ofB] = [dataIdMap.get(a.dataId), dataIdMap.get(b.dataId)];
  // The backend's own kernels know a tensor's memory by a number, which goes with it.
  [ofA.id, ofB.id] = [ofB.id, ofA.id];
  [ofA.memoryOffset, ofB.memoryOffset] = [ofB.memoryOffset, ofA.memoryOffset];
}

/**
 * Tells the backend that the values of a tensor are about to be others under the same number. Its convolutions, products
 * and PReLU (XNNPACK operators) keep a copy of their weights and bias, packed, by that number until it is disposed of: it
 * is, and the same memory registered again.
 */
export function forgetPacked({ dataId, shape }: TensorInfo): void {
  const { dataIdMap, wasm } = attached().backend;
  const { id, memoryOffset } = dataIdMap.get(dataId);
  wasm.tfjs.disposeData(id);
  wasm.tfjs.registerTensor(
    id,
    shape.reduce((a, b) => a * b, 1),
    memoryOffset,
  );
}

/** A float32 view of a tensor on the heap. Any allocation may move the heap: read or write at once, keep nothing. */
export function heapFloats(tensor: TensorInfo): Float32Array {
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  return new Float32Array(attached().backend.wasm.HEAPU8.buffer, address(tensor), size);
}

/** The same of an int32 tensor. */
export function heapIntegers(tensor: TensorInfo): Int32Array {
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  return new Int32Array(attached().backend.wasm.HEAPU8.buffer, address(tensor), size);
}

/** The same of a bool tensor: 0 or 1. */
export function heapTruths(tensor: TensorInfo): Uint8Array {
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  return new Uint8Array(attached().backend.wasm.HEAPU8.buffer, address(tensor), size);
}

/** Size of the wasm heap in bytes; 0 while no kernels are attached. */
export function heapBytes(): number {
  return host && kernelsAttached() ? host.backend.wasm.HEAPU8.byteLength : 0;
}

/** The memory object of a wasm backend, which its Emscripten module keeps among its exports. */
export function memoryOf(backend: WasmBackend): WasmMemory {
  const memory = backend.wasm.asm?.memory ?? backend.wasm.wasmMemory;
  if (!memory) {
    throw new EngineError(
      'engine/not-ready',
      'the memory of the TensorFlow.js wasm backend cannot be reached',
      {
        hint: 'install @tensorflow/tfjs-backend-wasm 4.22.0',
      },
    );
  }
  if (typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer) {
    throw new EngineError(
      'engine/not-ready',
      'the wasm backend was started with threads, which the kernels do not support',
      {
        hint: "call useEngine('wasm') before any other code starts the wasm backend",
      },
    );
  }
  return memory;
}

/** Connects a kernel module, instantiated on the backend's memory, to the operations. */
export function attach(backend: WasmBackend, module: KernelModule): void {
  const kernels = kernelCalls<Operand>(module, addressOf, storeTable);
  if (host?.backend === backend) {
    host.kernels = kernels;
    return;
  }
  replaceAllocation(backend);
  host = { backend, kernels, scratchAddress: 0, scratchBytes: 0 };
}

/** Bytes of a cache line: a vector that lies across two of them takes up to twice as long to read or write. */
const CACHE_LINE = 64;

/**
 * Every buffer begins on a cache line; the heap's own addresses are multiples of 8. Where malloc answers 0 since the heap
 * cannot grow, and tfjs would write there, an error is thrown. Sizes beyond 4 GB would wrap around, and so would, in
 * malloc's arithmetic of signed numbers, one beyond 2 GB that ends above 4 GB.
 */
function replaceAllocation(backend: WasmBackend): void {
  const { wasm } = backend;
  // The first call of Emscripten's stub replaces the stub, and would replace these functions as well.
  wasm._free(wasm._malloc(16));
  const { _malloc, _free } = wasm;
  /** The heap's address of a buffer that begins later. */
  const origins = new Map<number, number>();
  wasm._malloc = (bytes) => {
    const wraps = bytes >= 2 ** 31 && bytes + wasm.HEAPU8.byteLength > 2 ** 32;
    const found = wraps ? 0 : _malloc(bytes + CACHE_LINE) >>> 0;
    if (found === 0) {
      throw new EngineError(
        'engine/out-of-memory',
        `the wasm heap (${memoryText(wasm.HEAPU8.byteLength)}, at most 4096 MB) has no room for ${memoryText(bytes)} more`,
        { hint: 'use a smaller batch or image, or accumulate gradients over micro-batches' },
      );
    }
    const start = Math.ceil(found / CACHE_LINE) * CACHE_LINE;
    if (start !== found) origins.set(start, found);
    return start;
  };
  wasm._free = (address) => {
    const start = address >>> 0;
    const found = origins.get(start);
    origins.delete(start);
    _free(found ?? start);
  };
}
