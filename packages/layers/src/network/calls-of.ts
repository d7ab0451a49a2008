import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** One application of a layer. */
export interface Call {
  readonly layer: layers.Layer;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** Where a network, or a part of one, begins and ends. */
export interface Ends {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** The calls that lead from inputs to outputs, each after those it reads. */
export function callsOf({ inputs, outputs }: Ends): Call[] {
  const calls: Call[] = [];
  const seen = new Set(inputs.map(({ id }) => id));
  // Not recursive: a network may be deeper than the call stack.
  const open = [...outputs];
  while (open.length > 0) {
    const tensor = open[open.length - 1];
    if (seen.has(tensor.id)) {
      open.pop();
      continue;
    }
    const unknown = tensor.inputs.filter(({ id }) => !seen.has(id));
    if (unknown.length > 0) {
      open.push(...unknown);
      continue;
    }
    const node = tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
    calls.push({ layer: tensor.sourceLayer, inputs: tensor.inputs, outputs: node.outputTensors });
    for (const { id } of node.outputTensors) seen.add(id);
  }
  return calls;
}

/**
 * For each call the tensors, by id, that no later one reads. Inputs, which are the caller's, and outputs are never among
 * them.
 */
export function lastReads(
  { inputs, outputs }: Ends,
  calls: readonly { readonly inputs: readonly number[]; readonly outputs: readonly number[] }[],
): number[][] {
  const kept = new Set([...inputs, ...outputs].map(({ id }) => id));
  // Backwards: the first reader met is the last one.
  const reads = [...calls].reverse().map((call) => {
    const last: number[] = [];
    for (const id of [...call.inputs, ...call.outputs]) {
      if (!kept.has(id)) last.push(id);
      kept.add(id);
    }
    return last;
  });
  return reads.reverse();
}
