import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { CheckpointError, printable } from '@polytag/core';

/** An input or output of a graph. */
export interface OnnxPort {
  readonly name: string;
  /** `float32`, `uint8`, …; `other` if it is not a tensor, or has a type without a JavaScript array. */
  readonly type: string;
  /** A dynamic size is its name, or the empty string. Undefined if the file does not state the shape. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** Description of an ONNX file. */
export interface OnnxFile {
  readonly irVersion: number;
  /** Opset of the standard operators. */
  readonly opset: number;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** `metadata_props` */
  readonly properties: ReadonlyMap<string, string>;
  /** External weight files, each once, with their paths as in the ONNX file, relative to its folder. */
  readonly externalFiles: readonly string[];
  /** Bytes that each of them has at least: where the last of its tensors ends. */
  readonly externalBytes: ReadonlyMap<string, number>;
}

/** Types of tensors by their number (onnx.proto, `TensorProto.DataType`). */
const TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
};

/** Bytes of a value; of types that are not here nobody knows how long a tensor is. */
const BYTES = [0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8, 0, 0, 2];

/** Graphs within graphs (branches, loops): deeper ones no exporter writes. */
const DEEPEST = 32;
/** The least that a value of a tensor takes: 2 bits. */
const VALUES_A_BYTE = 4;

/**
 * Reads the description of an ONNX file, without its weights. Refuses files for which a runtime would allocate memory
 * before it finds them wrong: tensors that declare more values than the file holds.
 *
 * @param source name of the file in errors
 * @throws CheckpointError `checkpoint/onnx` if it is not an ONNX file, or damaged; `checkpoint/onnx-opset` if it does
 * not state its operators
 */
export function readOnnxFile(bytes: Uint8Array, source: string): OnnxFile {
  const contents = new Contents();
  const model: { irVersion: number; opset?: number; graph?: Graph } = { irVersion: 0 };
  const properties = new Map<string, string>();
  try {
    eachField(bytes, {
      1: (reader) => (model.irVersion = Number(reader.int64())),
      7: (reader) => (model.graph = contents.graph(reader.bytes(), 0)),
      8: (reader) => (model.opset = standardOpset(reader.bytes()) ?? model.opset),
      14: (reader) => properties.set(...keyAndValue(reader.bytes())),
      25: (reader) => contents.functionNodes(reader.bytes()),
    });
  } catch (cause) {
    throw damaged(source, cause instanceof TooLarge ? cause.message : 'its parts are inconsistent', cause);
  }
  const { irVersion, opset, graph } = model;
  if (!graph) throw damaged(source, bytes.length === 0 ? 'it is empty' : 'it has no graph');
  if (opset === undefined) {
    throw new CheckpointError('checkpoint/onnx-opset', `${source} has no opset version.`, {
      hint: 'Write it again with an opset_import of the standard operators, e.g. 17.',
    });
  }
  const { externalBytes } = contents;
  const externalFiles = [...externalBytes.keys()];
  return { irVersion, opset, ...graph, properties, externalFiles, externalBytes };
}

interface Graph {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/** A tensor that declares more than there is, or a place that cannot be. */
class TooLarge extends Error {}

/** What is collected on the way through graphs and their nodes. */
class Contents {
  readonly externalBytes = new Map<string, number>();

  graph(bytes: Uint8Array, depth: number): Graph {
    if (depth > DEEPEST) throw new TooLarge(`it has graphs nested ${DEEPEST} deep`);
    const inputs: OnnxPort[] = [];
    const outputs: OnnxPort[] = [];
    const initialised = new Set<string>();
    eachField(bytes, {
      1: (reader) => this.#node(reader.bytes(), depth),
      5: (reader) => initialised.add(this.#tensor(reader.bytes())),
      11: (reader) => inputs.push(port(reader.bytes())),
      12: (reader) => outputs.push(port(reader.bytes())),
      15: (reader) => this.#sparseTensor(reader.bytes()),
    });
    return { inputs: inputs.filter(({ name }) => !initialised.has(name)), outputs };
  }

  functionNodes(bytes: Uint8Array): void {
    eachField(bytes, { 7: (reader) => this.#node(reader.bytes(), 0) });
  }

  #node(bytes: Uint8Array, depth: number): void {
    eachField(bytes, { 5: (reader) => this.#attribute(reader.bytes(), depth) });
  }

  #attribute(bytes: Uint8Array, depth: number): void {
    const graph = (reader: BinaryReader) => this.graph(reader.bytes(), depth + 1);
    const tensor = (reader: BinaryReader) => this.#tensor(reader.bytes());
    const sparse = (reader: BinaryReader) => this.#sparseTensor(reader.bytes());
    eachField(bytes, { 5: tensor, 6: graph, 10: tensor, 11: graph, 22: sparse, 23: sparse });
  }

  #sparseTensor(bytes: Uint8Array): void {
    const tensor = (reader: BinaryReader) => this.#tensor(reader.bytes());
    eachField(bytes, { 1: tensor, 2: tensor });
  }

  /** @returns its name */
  #tensor(bytes: Uint8Array): string {
    let name = '';
    const dims: number[] = [];
    const external = new Map<string, string>();
    let isExternal = false;
    let dataType = 0;
    eachField(bytes, {
      1: (reader, type) => dims.push(...integers(reader, type)),
      2: (reader) => (dataType = reader.int32()),
      8: (reader) => (name = reader.string()),
      13: (reader) => external.set(...keyAndValue(reader.bytes())),
      14: (reader) => (isExternal = reader.int32() === 1),
    });
    const values = dims.reduce((product, size) => product * size, 1);
    const isSize = dims.every((size) => Number.isSafeInteger(size) && size >= 0);
    if (!isSize || (!isExternal && values > VALUES_A_BYTE * bytes.length)) {
      throw new TooLarge(
        `its tensor "${printable(name, 80)}" has shape [${dims.slice(0, 8).join(', ')}], which is more than the file contains`,
      );
    }
    if (isExternal) this.#external(name, external, values * (BYTES[dataType] ?? 0));
    return name;
  }

  #external(tensor: string, place: ReadonlyMap<string, string>, bytes: number): void {
    const numberOf = (key: string) => {
      const text = place.get(key) ?? '0';
      if (/^\d{1,15}$/.test(text)) return Number(text);
      throw new TooLarge(
        `the ${key} of its tensor "${printable(tensor, 80)}" in a file of weights is "${printable(text, 40)}"`,
      );
    };
    const location = place.get('location') ?? '';
    const end = numberOf('offset') + Math.max(bytes, numberOf('length'));
    this.externalBytes.set(location, Math.max(end, this.externalBytes.get(location) ?? 0));
  }
}

type Fields = Readonly<Record<number, (reader: BinaryReader, type: WireType) => unknown>>;

/** Walks the fields of a message: calls what reads a field, and skips those that nothing reads. */
function eachField(bytes: Uint8Array, fields: Fields): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const read = fields[field];
    if (read && (type === WireType.LengthDelimited || type === WireType.Varint)) read(reader, type);
    else reader.skip(type, field);
  }
}

/** A repeated integer, one by one or packed. */
function integers(reader: BinaryReader, type: WireType): number[] {
  if (type === WireType.Varint) return [Number(reader.int64())];
  const packed = new BinaryReader(reader.bytes());
  const values: number[] = [];
  while (packed.pos < packed.len) values.push(Number(packed.int64()));
  return values;
}

function keyAndValue(bytes: Uint8Array): [string, string] {
  const pair: [string, string] = ['', ''];
  eachField(bytes, {
    1: (reader) => (pair[0] = reader.string()),
    2: (reader) => (pair[1] = reader.string()),
  });
  return pair;
}

/** The version, where it is that of the standard operators. */
function standardOpset(bytes: Uint8Array): number | undefined {
  let [domain, version] = ['', 0];
  eachField(bytes, {
    1: (reader) => (domain = reader.string()),
    2: (reader) => (version = Number(reader.int64())),
  });
  return domain === '' || domain === 'ai.onnx' ? version : undefined;
}

function port(bytes: Uint8Array): OnnxPort {
  let name = '';
  let type = 'other';
  let shape: (number | string)[] | undefined;
  const dimension = (dimensionBytes: Uint8Array) => {
    let size: number | string = '';
    eachField(dimensionBytes, {
      1: (reader) => (size = Number(reader.int64())),
      2: (reader) => (size = reader.string()),
    });
    shape!.push(size);
  };
  const tensorType = (typeBytes: Uint8Array) =>
    eachField(typeBytes, {
      1: (reader) => (type = TYPES[reader.int32()] ?? 'other'),
      2: (reader) => {
        shape = [];
        eachField(reader.bytes(), { 1: (inner) => dimension(inner.bytes()) });
      },
    });
  eachField(bytes, {
    1: (reader) => (name = reader.string()),
    2: (reader) => eachField(reader.bytes(), { 1: (inner) => tensorType(inner.bytes()) }),
  });
  return { name, type, shape };
}

function damaged(source: string, why: string, cause?: unknown): CheckpointError {
  return new CheckpointError('checkpoint/onnx', `${source} is not a readable ONNX file: ${why}.`, {
    hint: 'The file is damaged or of another type: copy or export it again.',
    cause,
  });
}
