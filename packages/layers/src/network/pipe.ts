import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** Applies layers to a tensor one after the other. */
export const pipe = (x: SymbolicTensor, ...chain: readonly layers.Layer[]): SymbolicTensor =>
  chain.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x);
