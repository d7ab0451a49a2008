import { clone, fromBinary } from '@bufbuild/protobuf';
import { UsageError } from '@polytag/core';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  type FunctionProto,
  type GraphProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
} from './generated/onnx_pb.js';

/** What another ONNX file computes, as a part of a graph. */
export interface EmbeddedFile {
  readonly nodes: readonly NodeProto[];
  readonly initialisers: readonly TensorProto[];
  readonly sparseInitialisers: readonly SparseTensorProto[];
  readonly functions: readonly FunctionProto[];
  readonly irVersion: bigint;
  /** Versions of operators by their domain; that of the standard ones is empty. */
  readonly opsets: ReadonlyMap<string, bigint>;
  /** The name of the output. */
  readonly output: string;
}

export interface EmbedOptions {
  /** What the names of its values begin with here. */
  readonly prefix: string;
  /** Names here of the values that it is given, by the names of its inputs. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The name of the output that is wanted, as the file has it. */
  readonly output: string;
}

/** Operators older than this have changed in too many ways. */
const OLDEST_OPSET = 11n;
/** Operators that mean something else from an opset on, or are written otherwise (onnx/docs/Changelog.md). */
const CHANGED: readonly (readonly [since: bigint, operators: readonly string[]])[] = [
  [12n, ['Dropout']],
  [13n, ['Softmax', 'LogSoftmax', 'Hardmax', 'Squeeze', 'Unsqueeze', 'ReduceSum', 'Split']],
  [16n, ['RoiAlign']],
];

/**
 * Takes what an ONNX file computes of its inputs, under new names, and leaves out what the wanted output does not need.
 *
 * @param opset of the graph that it becomes a part of, where its own is older
 * @throws UsageError `usage/onnx-opset` when that opset means something else by one of its operators
 */
export function embedFile(bytes: Uint8Array, options: EmbedOptions, opset: bigint): EmbeddedFile {
  const model = fromBinary(ModelProtoSchema, bytes);
  const opsets = new Map(
    model.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, version]),
  );
  const graph = model.graph!;
  const names = new Map(Object.entries(options.inputs));
  const rename = (name: string) => (name === '' ? '' : (names.get(name) ?? `${options.prefix}/${name}`));
  const nodes = neededNodes(graph.node, options.output);
  refuseChanged(nodes, opsets.get('') ?? 0n, opset);
  return {
    nodes: nodes.map((node) => renamedNode(node, rename)),
    ...renamedInitialisers(graph, rename, namesIn(nodes).add(options.output)),
    functions: model.functions,
    irVersion: model.irVersion,
    opsets,
    output: rename(options.output),
  };
}

/** In their order, those that lead to the output. */
function neededNodes(nodes: readonly NodeProto[], output: string): NodeProto[] {
  const needed = new Set([output]);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.output.some((name) => needed.has(name))) return false;
    for (const name of namesIn([node])) needed.add(name);
    return true;
  });
  return kept.reverse();
}

/** The values that nodes read, those that the graphs within them read too. */
function namesIn(nodes: readonly NodeProto[]): Set<string> {
  const names = new Set<string>();
  for (const node of nodes) {
    for (const name of node.input) names.add(name);
    for (const graph of graphsIn(node)) {
      for (const name of namesIn(graph.node)) names.add(name);
      for (const { name } of graph.output) names.add(name);
    }
  }
  return names;
}

const graphsIn = ({ attribute }: NodeProto): GraphProto[] =>
  attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));

type Rename = (name: string) => string;

function renamedNode(node: NodeProto, rename: Rename): NodeProto {
  const renamed = clone(NodeProtoSchema, node);
  renamed.name = rename(node.name);
  renamed.input = node.input.map(rename);
  renamed.output = node.output.map(rename);
  for (const attribute of renamed.attribute) {
    if (attribute.g) attribute.g = renamedGraph(attribute.g, rename);
    attribute.graphs = attribute.graphs.map((graph) => renamedGraph(graph, rename));
  }
  return renamed;
}

function renamedGraph(graph: GraphProto, rename: Rename): GraphProto {
  const renamed = clone(GraphProtoSchema, graph);
  for (const value of [...renamed.input, ...renamed.output]) value.name = rename(value.name);
  renamed.node = renamed.node.map((node) => renamedNode(node, rename));
  const { initialisers, sparseInitialisers } = renamedInitialisers(graph, rename);
  renamed.initializer = initialisers;
  renamed.sparseInitializer = sparseInitialisers;
  // Types are found again.
  renamed.valueInfo = [];
  renamed.quantizationAnnotation = [];
  return renamed;
}

/** @param needed names of those to keep. Default: all */
function renamedInitialisers(
  { initializer, sparseInitializer }: GraphProto,
  rename: Rename,
  needed?: ReadonlySet<string>,
): { initialisers: TensorProto[]; sparseInitialisers: SparseTensorProto[] } {
  const isNeeded = (name: string) => needed?.has(name) ?? true;
  // Their values are not copied: they may be most of a gigabyte.
  const renamed = (tensor: TensorProto): TensorProto => ({ ...tensor, name: rename(tensor.name) });
  return {
    initialisers: initializer.filter(({ name }) => isNeeded(name)).map(renamed),
    sparseInitialisers: sparseInitializer
      .filter(({ values }) => isNeeded(values!.name))
      .map((sparse) => ({ ...sparse, values: renamed(sparse.values!) })),
  };
}

function refuseChanged(nodes: readonly NodeProto[], from: bigint, to: bigint): void {
  const refuse = (why: string) =>
    new UsageError(
      'usage/onnx-opset',
      `The ONNX file of the backbone has opset ${from}, but the exported one has ${to}: ${why}.`,
      {
        hint: 'Export the encoder again with opset 13 to 26, and train the head on that file: its features are the same.',
      },
    );
  if (from >= to) return;
  if (from < OLDEST_OPSET) throw refuse('some operators changed in between');
  const used = new Set(operatorsIn(nodes));
  const changed = CHANGED.filter(([since]) => from < since && since <= to).flatMap(
    ([, operators]) => operators,
  );
  const found = changed.find((operator) => used.has(operator));
  if (found) throw refuse(`its operator ${found} has a different meaning there`);
}

const operatorsIn = (nodes: readonly NodeProto[]): string[] =>
  nodes.flatMap((node) => [
    ...(node.domain === '' || node.domain === 'ai.onnx' ? [node.opType] : []),
    ...graphsIn(node).flatMap((graph) => operatorsIn(graph.node)),
  ]);
