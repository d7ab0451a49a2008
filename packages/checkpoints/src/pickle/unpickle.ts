/**
 * A reader of Python pickles, protocols 2 to 5, that runs and imports nothing. A pickle is a program for a stack
 * machine whose dangerous instructions name a function and call it. Here a name is looked up in a table of the
 * caller. A class that is not there is read past: a value of its own kind stands for what would have been made. A function
 * that is not there may not be called.
 */
import { CheckpointError } from '@polytag/core';
import { PickleBytes } from './pickle-bytes.js';
import { PickleStack, withItems } from './pickle-stack.js';
import { NumpyType } from './numpy-scalar.js';
import {
  MAX_NAME_LENGTH,
  PickledGlobal,
  PickledRecord,
  PickledUnread,
  type PickleValue,
} from './pickle-value.js';
import { refusedGlobal } from './refused-global.js';
import { isFunctionCall, isRefused } from './refused-names.js';

/** Instructions that one pickle may have. That of a network with an optimiser has some ten thousands. */
export const MAX_INSTRUCTIONS = 2_000_000;

/**
 * Bytes that calls may copy together. A list that is remembered can be copied by every instruction that follows, so that a
 * file of a megabyte would fill any memory.
 */
const MAX_COPIED_BYTES = 2 ** 27;

/** Bytes of the longest integer that is read; PyTorch's signature has ten. */
const MAX_INTEGER_BYTES = 64;

export interface UnpickleOptions {
  /** What errors call the pickle. */
  readonly source: string;
  /** What is made of what a pickle names, by `module.name`. */
  readonly globals: ReadonlyMap<string, PickledGlobal>;
  /** Resolves a persistent id, by which a pickle refers to what is stored outside it. Default: refused. */
  readonly persistent?: (id: PickleValue) => PickleValue;
}

export interface Unpickled {
  readonly value: PickleValue;
  /** Bytes that it took. */
  readonly length: number;
}

/**
 * Reads the pickle that bytes begin with.
 *
 * @throws PickleCut when it goes on after the bytes; CheckpointError `checkpoint/refused-global` when it names or calls what
 * no checkpoint should, `checkpoint/pickle` when it is damaged or of an unknown kind, `checkpoint/pickle-size`
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions): Unpickled {
  const machine = new Machine(bytes, options);
  try {
    return machine.run();
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new CheckpointError('checkpoint/pickle', `${options.source}: not a valid pickle: ${why}.`, {
      hint: 'The file is damaged, or was not written by torch.save.',
      cause: error,
    });
  }
}

class Machine {
  readonly #bytes: PickleBytes;
  readonly #stack = new PickleStack();
  readonly #memo = new Map<number, PickleValue>();
  #copied = 0;

  constructor(
    bytes: Uint8Array,
    private readonly options: UnpickleOptions,
  ) {
    this.#bytes = new PickleBytes(bytes, options.source);
  }

  run(): Unpickled {
    for (let count = 0; count < MAX_INSTRUCTIONS; count++) {
      const code = this.#bytes.uint8();
      if (code === STOP) {
        const value = this.#stack.pop();
        if (!this.#stack.isEmpty) throw new Error('more than one value');
        return { value, length: this.#bytes.position };
      }
      this.#step(code);
    }
    throw new CheckpointError(
      'checkpoint/pickle-size',
      `${this.options.source}: the pickle has more than ${MAX_INSTRUCTIONS} instructions.`,
      { hint: 'Save only the state_dict.' },
    );
  }

  /** The instructions in the order of Python's `pickletools`, by kind. */
  #step(code: number): void {
    const bytes = this.#bytes;
    switch (code) {
      case 0x80: // PROTO
        return this.#protocol(bytes.uint8());
      case 0x95: // FRAME
        return void bytes.uint64();
      case 0x4e: // NONE
        return this.#stack.push(null);
      case 0x88: // NEWTRUE
        return this.#stack.push(true);
      case 0x89: // NEWFALSE
        return this.#stack.push(false);
      case 0x4a: // BININT
        return this.#stack.push(bytes.int32());
      case 0x4b: // BININT1
        return this.#stack.push(bytes.uint8());
      case 0x4d: // BININT2
        return this.#stack.push(bytes.uint16());
      case 0x8a: // LONG1
        return this.#stack.push(integer(bytes.take(bytes.uint8())));
      case 0x8b: // LONG4
        return this.#stack.push(integer(bytes.take(bytes.uint32())));
      case 0x47: // BINFLOAT
        return this.#stack.push(bytes.float64());
      case 0x55: // SHORT_BINSTRING
        return this.#stack.push(bytes.latin1(bytes.uint8()));
      case 0x54: // BINSTRING
        return this.#stack.push(bytes.latin1(bytes.uint32()));
      case 0x8c: // SHORT_BINUNICODE
        return this.#stack.push(bytes.text(bytes.uint8()));
      case 0x58: // BINUNICODE
        return this.#stack.push(bytes.text(bytes.uint32()));
      case 0x8d: // BINUNICODE8
        return this.#stack.push(bytes.text(bytes.uint64()));
      case 0x43: // SHORT_BINBYTES
        return this.#stack.push(bytes.take(bytes.uint8()).slice());
      case 0x42: // BINBYTES
        return this.#stack.push(bytes.take(bytes.uint32()).slice());
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#stack.push(bytes.take(bytes.uint64()).slice());

      case 0x28: // MARK
        return this.#stack.mark();
      case 0x30: // POP
        return this.#stack.discard();
      case 0x31: // POP_MARK
        return void this.#stack.popMarked();
      case 0x32: // DUP
        return this.#stack.push(this.#stack.top());

      case 0x5d: // EMPTY_LIST
      case 0x8f: // EMPTY_SET
      case 0x29: // EMPTY_TUPLE
        return this.#stack.push([]);
      case 0x85: // TUPLE1
        return this.#stack.push(this.#stack.popMany(1));
      case 0x86: // TUPLE2
        return this.#stack.push(this.#stack.popMany(2));
      case 0x87: // TUPLE3
        return this.#stack.push(this.#stack.popMany(3));
      case 0x74: // TUPLE
      case 0x6c: // LIST
      case 0x91: // FROZENSET
        return this.#stack.push(this.#stack.popMarked());
      case 0x61: // APPEND
        return this.#stack.append([this.#stack.pop()]);
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        return this.#stack.append(this.#stack.popMarked());
      case 0x7d: // EMPTY_DICT
        return this.#stack.push(new Map());
      case 0x64: // DICT
        return this.#stack.push(withItems(new Map(), this.#stack.popMarked()));
      case 0x73: // SETITEM
        return this.#stack.setItems(this.#stack.popMany(2));
      case 0x75: // SETITEMS
        return this.#stack.setItems(this.#stack.popMarked());

      case 0x71: // BINPUT
        return void this.#memo.set(bytes.uint8(), this.#stack.top());
      case 0x72: // LONG_BINPUT
        return void this.#memo.set(bytes.uint32(), this.#stack.top());
      case 0x94: // MEMOIZE
        return void this.#memo.set(this.#memo.size, this.#stack.top());
      case 0x68: // BINGET
        return this.#stack.push(this.#remembered(bytes.uint8()));
      case 0x6a: // LONG_BINGET
        return this.#stack.push(this.#remembered(bytes.uint32()));

      case 0x63: // GLOBAL
        return this.#stack.push(this.#global(bytes.line(), bytes.line()));
      case 0x93: // STACK_GLOBAL
        return this.#stackGlobal();
      case 0x52: // REDUCE
        return this.#call();
      case 0x81: // NEWOBJ
        return this.#new();
      case 0x92: // NEWOBJ_EX: arguments by name come after the others
        this.#stack.pop();
        return this.#new();
      case 0x62: // BUILD
        return this.#build();
      case 0x51: // BINPERSID
        return this.#persistent();
      default:
        throw new Error(`unknown instruction 0x${code.toString(16).padStart(2, '0')}`);
    }
  }

  #protocol(version: number): void {
    if (version < 2 || version > 5) throw new Error(`protocol ${version}`);
  }

  #remembered(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Error(`there is no memo entry ${index}`);
    return value;
  }

  #global(module: string, name: string): PickledGlobal {
    if (module.length > MAX_NAME_LENGTH || name.length > MAX_NAME_LENGTH)
      throw new Error(`a name has ${module.length + name.length} characters`);
    // Python 2 called it __builtin__, and protocol 2 still does.
    const full = `${module === '__builtin__' ? 'builtins' : module}.${name}`;
    const found = this.options.globals.get(full);
    if (found) return found;
    if (isRefused(full)) throw refusedGlobal(this.options.source, full);
    return new PickledGlobal(full);
  }

  #stackGlobal(): void {
    const [name, module] = [this.#stack.pop(), this.#stack.pop()];
    if (typeof module !== 'string' || typeof name !== 'string') throw new Error('a name is not text');
    this.#stack.push(this.#global(module, name));
  }

  #call(): void {
    const [args, callable] = [this.#stack.pop(), this.#stack.pop()];
    if (callable instanceof PickledUnread) return this.#stack.push(callable);
    if (!(callable instanceof PickledGlobal) || !Array.isArray(args)) {
      throw new Error('something that is not a function is called');
    }
    if (callable.call) return this.#stack.push(this.#made(callable.call, args));
    if (isFunctionCall(callable.name)) throw refusedGlobal(this.options.source, callable.name);
    this.#stack.push(new PickledUnread(callable.name));
  }

  #made(call: NonNullable<PickledGlobal['call']>, args: readonly PickleValue[]): PickleValue {
    for (const arg of args) this.#copied += bytesOf(arg);
    if (this.#copied <= MAX_COPIED_BYTES) return call(args);
    throw new CheckpointError(
      'checkpoint/pickle-size',
      `${this.options.source}: the pickle copies its values too often.`,
      { hint: 'Save only the state_dict.' },
    );
  }

  /** An instance of a class, as `REDUCE` makes of those that are known. */
  #new(): void {
    const [args, type] = [this.#stack.pop(), this.#stack.pop()];
    if (!(type instanceof PickledGlobal) || !Array.isArray(args))
      throw new Error('an instance is made of something that is not a class');
    this.#stack.push(type.call ? this.#made(type.call, args) : new PickledUnread(type.name));
  }

  /** The state of other values is attributes beside what they hold (`_metadata` of a state_dict): nothing needs them. */
  #build(): void {
    const state = this.#stack.pop();
    const target = this.#stack.top();
    if (target instanceof PickledRecord && state instanceof Map) target.fill(state);
    else if (target instanceof NumpyType) target.describe(state);
  }

  #persistent(): void {
    const id = this.#stack.pop();
    if (!this.options.persistent) throw new Error('it refers to data outside the file');
    this.#stack.push(this.options.persistent(id));
  }
}

const STOP = 0x2e;

/** What a copy of a value takes, about. */
function bytesOf(value: PickleValue): number {
  if (Array.isArray(value)) return 32 * value.length;
  if (value instanceof Map) return 32 * value.size;
  return value instanceof Uint8Array || typeof value === 'string' ? value.length : 8;
}

/** Two's complement, lowest byte first. */
function integer(bytes: Uint8Array): number | bigint | PickledUnread {
  if (bytes.length > MAX_INTEGER_BYTES) return new PickledUnread('builtins.int');
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  if (bytes.length > 0 && bytes[bytes.length - 1] >= 0x80) value -= 1n << BigInt(8 * bytes.length);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
