import {
  abs,
  cast,
  div,
  greaterEqual,
  max,
  mean,
  mul,
  sub,
  tidy,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { OnnxGraph } from '@polytag/core';

/** Cells this near the maximum, as a share of it, have part in it: which of equal ones is larger rounding decides. */
const NEAR = 1e-3;

/**
 * What each cell adds to a maximum over the cells: all of it in the cell that has it, equal parts where several do. The mean
 * over the cells is the maximum of the channel.
 *
 * @param x [B, h, w, C]
 */
export function maximumCells(x: Tensor4D): Tensor4D {
  return tidy(() => {
    const largest = max(x, [1, 2], true);
    const found = cast(greaterEqual(x, sub(largest, mul(NEAR, abs(largest)))), 'float32');
    return mul(largest, div(found, mean(found, [1, 2], true))) as Tensor4D;
  });
}

/** Writes the same for a map [B, C, h, w]. */
export function onnxMaximumCells(graph: OnnxGraph, x: string): string {
  const largest = graph.node('GlobalMaxPool', [x]);
  const margin = graph.node('Mul', [graph.node('Abs', [largest]), graph.constant([NEAR])]);
  const isNear = graph.node('GreaterOrEqual', [x, graph.node('Sub', [largest, margin])]);
  const found = graph.node('Cast', [isNear], { to: 1n });
  const shares = graph.node('Div', [found, graph.node('GlobalAveragePool', [found])]);
  return graph.node('Mul', [largest, shares]);
}
