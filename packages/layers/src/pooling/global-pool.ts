import { add, serialization, tidy, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { globalAveragePool, globalMaxPool } from '@polytag/ops';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';

export type Pooling = 'avg' | 'max' | 'avg+max';

export interface GlobalPoolOptions extends ParametricLayerOptions {
  /** Default `avg`. `avg+max` is the sum of both. */
  readonly pooling?: Pooling;
}

/** Global pooling, one value per channel: [B, h, w, C] -> [B, C]. */
export class GlobalPool extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagGlobalPool';
  readonly pooling: Pooling;

  constructor(options: GlobalPoolOptions) {
    super(options);
    this.pooling = options.pooling ?? 'avg';
  }

  override call(inputs: Tensor | Tensor[]): Tensor2D {
    const x = this.only<Tensor4D>(inputs);
    switch (this.pooling) {
      case 'avg':
        return globalAveragePool(x);
      case 'max':
        return globalMaxPool(x);
      case 'avg+max':
        return tidy(() => add(globalAveragePool(x), globalMaxPool(x)) as Tensor2D);
    }
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], inputShape[3]];
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const pooled = (operator: string) => graph.node('Flatten', [graph.node(operator, [name])], { axis: 1n });
    switch (this.pooling) {
      case 'avg':
        return pooled('GlobalAveragePool');
      case 'max':
        return pooled('GlobalMaxPool');
      case 'avg+max':
        return graph.node('Add', [pooled('GlobalAveragePool'), pooled('GlobalMaxPool')]);
    }
  }

  override getConfig() {
    return { ...super.getConfig(), pooling: this.pooling };
  }
}

serialization.registerClass(GlobalPool);
