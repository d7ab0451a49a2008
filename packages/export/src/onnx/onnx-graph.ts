import { create } from '@bufbuild/protobuf';
import { UsageError, type OnnxAttribute } from '@polytag/core';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './generated/onnx_pb.js';
import type { WeightGraph, WeightStore } from './weight-store.js';

/** A size that is decided when the network runs: its name. */
export type Dimension = number | string;

/** Collects a graph. Names are unique, and those of a layer's values begin with its own. */
export class GraphBuilder implements WeightGraph {
  readonly #nodes: NodeProto[] = [];
  readonly #initialisers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #taken = new Set<string>();
  #scope = '';
  #store: WeightStore;

  /** @param store how trained values are stored */
  constructor(store: WeightStore) {
    this.#store = store;
  }

  /** Trained values that are added next are stored so. */
  storing<Result>(store: WeightStore, add: () => Result): Result {
    const before = this.#store;
    this.#store = store;
    try {
      return add();
    } finally {
      this.#store = before;
    }
  }

  /** Names of what is added next begin with this. */
  within<Result>(scope: string, add: () => Result): Result {
    const before = this.#scope;
    this.#scope = scope;
    try {
      return add();
    } finally {
      this.#scope = before;
    }
  }

  input(name: string, type: DataType, shape: readonly Dimension[]): string {
    this.#inputs.push(valueInfo(this.#unique(name), type, shape));
    return name;
  }

  /** Makes a value an output of the graph, under a name. */
  output(name: string, value: string, shape: readonly Dimension[]): void {
    this.#push('Identity', [value], this.#unique(name), {});
    this.#outputs.push(valueInfo(name, DataType.FLOAT, shape));
  }

  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const output = this.#named(operator);
    this.#push(operator, inputs, output, attributes);
    return output;
  }

  weight(values: Float32Array, shape: readonly number[], channels?: number): string {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    if (values.length !== size) {
      throw new UsageError(
        'usage/shape',
        `${this.#scope}: ${values.length} values are no tensor of [${shape.join(', ')}].`,
      );
    }
    return this.#store(this, { values, shape, channels });
  }

  constant(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.tensor('constant', DataType.FLOAT, shape, Float32Array.from(values));
  }

  integers(values: readonly number[]): string {
    return this.tensor('integers', DataType.INT64, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Adds a tensor as its bytes. */
  tensor(name: string, type: DataType, shape: readonly number[], values: ArrayBufferView): string {
    const unique = this.#named(name);
    this.#initialisers.push(tensorProto(unique, type, shape, values));
    return unique;
  }

  build(name: string): GraphProto {
    return create(GraphProtoSchema, {
      name,
      node: this.#nodes,
      initializer: this.#initialisers,
      input: this.#inputs,
      output: this.#outputs,
    });
  }

  #push(
    opType: string,
    input: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): void {
    this.#nodes.push(nodeProto(opType, input, output, attributes));
  }

  #named(name: string): string {
    return this.#unique(this.#scope === '' ? name : `${this.#scope}/${name}`);
  }

  #unique(name: string): string {
    let unique = name;
    for (let i = 2; this.#taken.has(unique); i++) unique = `${name}-${i}`;
    this.#taken.add(unique);
    return unique;
  }
}

/** A node of one output, which is its name too. */
export function nodeProto(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, OnnxAttribute>>,
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
  return create(NodeProtoSchema, { name: output, opType, input: [...input], output: [output], attribute });
}

/** A tensor as its bytes, little endian as ONNX has them and every machine that Node runs on. */
export function tensorProto(
  name: string,
  dataType: DataType,
  shape: readonly number[],
  values: ArrayBufferView,
): TensorProto {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return create(TensorProtoSchema, { name, dataType, dims: shape.map(BigInt), rawData });
}

function attributeOf(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === 'bigint')
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: value });
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value });
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeType.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** @param shape left out where it is not known */
export function valueInfo(name: string, elemType: DataType, shape?: readonly Dimension[]): ValueInfoProto {
  const dim = shape?.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: dim && { dim } } } },
  });
}
