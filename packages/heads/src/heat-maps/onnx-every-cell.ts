import type { OnnxGraph } from '@polytag/core';

/** [B, C] as a map that is the same in all cells, in an ONNX graph: [B, C, 1, 1]. */
export const onnxEveryCell = (graph: OnnxGraph, x: string): string =>
  graph.node('Unsqueeze', [x, graph.integers([2, 3])]);
