import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** What becomes of a tensor in layers that are applied one after the other. */
export const pipe = (x: SymbolicTensor, ...chain: readonly layers.Layer[]): SymbolicTensor =>
  chain.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x);
