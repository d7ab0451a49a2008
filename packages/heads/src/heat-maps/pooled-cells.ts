import { add, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer, type ParametricLayerOptions, type Pooling } from '@polytag/layers';
import { maximumCells, onnxMaximumCells } from './maximum-cells.js';

export interface PooledCellsOptions extends ParametricLayerOptions {
  readonly pooling: Exclude<Pooling, 'avg'>;
}

/** What each cell adds to the pooled features: [B, h, w, C] -> the same, and its mean over the cells is `GlobalPool`. */
export class PooledCells extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagPooledCells';
  readonly pooling: PooledCellsOptions['pooling'];

  constructor(options: PooledCellsOptions) {
    super(options);
    this.pooling = options.pooling;
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return tidy(() => {
      const x = this.only<Tensor4D>(inputs);
      const largest = maximumCells(x);
      return (this.pooling === 'max' ? largest : add(x, largest)) as Tensor4D;
    });
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const largest = onnxMaximumCells(graph, name);
    return this.pooling === 'max' ? largest : graph.node('Add', [name, largest]);
  }
}

/** What each cell adds to pooled features, [B, h, w, C]: for `avg` the feature map itself. */
export function pooledCells(featureMap: SymbolicTensor, pooling: Pooling): SymbolicTensor {
  if (pooling === 'avg') return featureMap;
  return new PooledCells({ name: 'heat_map.pool', pooling }).apply(featureMap) as SymbolicTensor;
}
