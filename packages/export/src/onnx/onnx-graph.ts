import { create } from '@bufbuild/protobuf';
import { printable, UsageError, type OnnxAttribute } from '@polytag/core';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type FunctionProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
  type ValueInfoProto,
} from './generated/onnx_pb.js';
import { embedFile } from './embed-file.js';
import type { WeightGraph, WeightStore } from './weight-store.js';

/** A size that is decided when the network runs: its name. */
export type Dimension = number | string;

/** What is written where no other file takes part. */
const OPSET = 17n;
const IR_VERSION = 8n;
/** From this opset on the axes that are reduced are an input, not an attribute. */
const AXES_AS_INPUT = 18n;

/** Collects a graph. Names are unique, and those of a layer's values begin with its own. */
export class GraphBuilder implements WeightGraph {
  readonly #nodes: NodeProto[] = [];
  readonly #initialisers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #taken = new Set<string>();
  /** Parts of other files, which stay as they are. */
  readonly #foreign = new Set<NodeProto>();
  readonly #functions: FunctionProto[] = [];
  readonly #sparseInitialisers: SparseTensorProto[] = [];
  readonly #opsets = new Map([['', OPSET]]);
  #irVersion = IR_VERSION;
  #isSizeFixed = false;
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
    this.#inputs.push(valueInfo(this.#port(name), type, shape));
    return name;
  }

  /** Makes a value an output of the graph, under a name. */
  output(name: string, value: string, shape: readonly Dimension[]): void {
    this.#push('Identity', [value], this.#port(name), {});
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
        `${this.#scope}: ${values.length} values do not fill a tensor of shape [${shape.join(', ')}].`,
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

  file(bytes: Uint8Array, inputs: Readonly<Record<string, string>>, output: string): string {
    const file = embedFile(bytes, { prefix: this.#named('file'), inputs, output }, OPSET);
    for (const node of file.nodes) {
      this.#nodes.push(node);
      this.#foreign.add(node);
    }
    this.#initialisers.push(...file.initialisers);
    this.#sparseInitialisers.push(...file.sparseInitialisers);
    this.#functions.push(...file.functions);
    for (const [domain, version] of file.opsets) {
      const own = this.#opsets.get(domain);
      this.#opsets.set(domain, own !== undefined && own > version ? own : version);
    }
    if (file.irVersion > this.#irVersion) this.#irVersion = file.irVersion;
    return file.output;
  }

  fixImageSize(): void {
    this.#isSizeFixed = true;
  }

  /** Adds a tensor as its bytes. */
  tensor(name: string, type: DataType, shape: readonly number[], values: ArrayBufferView): string {
    const unique = this.#named(name);
    this.#initialisers.push(tensorProto(unique, type, shape, values));
    return unique;
  }

  /**
   * The whole file: of opset 17 and IR version 8, or those of another file that takes part, where they are newer.
   *
   * @param sizes of the dimensions, by name, that follow from the size of the images; where a layer fixed that, the file declares them
   */
  build(name: string, sizes: Readonly<Record<string, number>>): ModelProto {
    if (this.#isSizeFixed)
      for (const value of [...this.#inputs, ...this.#outputs]) declareSizes(value, sizes);
    if (this.#opsets.get('')! >= AXES_AS_INPUT) this.#giveAxesAsInputs();
    const graph = create(GraphProtoSchema, {
      name,
      node: this.#nodes,
      initializer: this.#initialisers,
      sparseInitializer: this.#sparseInitialisers,
      input: this.#inputs,
      output: this.#outputs,
    });
    return create(ModelProtoSchema, {
      irVersion: this.#irVersion,
      opsetImport: Array.from(this.#opsets, ([domain, version]) => ({ domain, version })),
      producerName: 'polytag',
      graph,
      functions: this.#functions,
    });
  }

  #giveAxesAsInputs(): void {
    for (const node of this.#nodes) {
      const axes = node.attribute.find(({ name }) => name === 'axes');
      if (!axes || this.#foreign.has(node) || !node.opType.startsWith('Reduce')) continue;
      node.attribute = node.attribute.filter((attribute) => attribute !== axes);
      node.input.push(this.integers(axes.ints.map(Number)));
    }
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

  /** The name of an input or output, which stays as it is. */
  #port(name: string): string {
    if (name !== '' && !this.#taken.has(name)) return this.#unique(name);
    throw new UsageError(
      'usage/onnx-name',
      name === '' ? 'The input has no name.' : `The input and an output are both named "${printable(name)}".`,
      { hint: 'Choose another inputName.' },
    );
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

/** Puts numbers in the place of names of dimensions. */
function declareSizes({ type }: ValueInfoProto, sizes: Readonly<Record<string, number>>): void {
  if (type?.value.case !== 'tensorType') return;
  for (const dimension of type.value.value.shape?.dim ?? []) {
    const { case: kind, value: name } = dimension.value;
    if (kind === 'dimParam' && Object.hasOwn(sizes, name))
      dimension.value = { case: 'dimValue', value: BigInt(sizes[name]) };
  }
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
