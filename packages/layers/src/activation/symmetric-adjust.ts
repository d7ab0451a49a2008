import { clipByValue, mul, pow, serialization, sub, tidy, add, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { UsageError, type OnnxGraph, type OnnxLayer, type OnnxValue } from '@polytag/core';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';

export interface SymmetricAdjustOptions extends ParametricLayerOptions {
  /** Exponent t, at least 1; 1 has no effect. */
  readonly exponent: number;
}

/**
 * Similarity adjustment of cosines (docs/method.md#similarity-adjustment), c <- 2·((c + 1)/2)^t − 1. A value below −1,
 * as a head with a bias may output, counts as −1 and gets no gradient, because the power of a negative number is not
 * defined for every t.
 */
export class SymmetricAdjust extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagSymmetricAdjust';
  readonly exponent: number;

  constructor(options: SymmetricAdjustOptions) {
    super(options);
    if (!(options.exponent >= 1)) {
      throw new UsageError(
        'usage/exponent',
        `The exponent of the similarity adjustment is ${options.exponent}; expected at least 1.`,
        {
          hint: 'Choose an exponent of at least 1; 1 turns the adjustment off.',
        },
      );
    }
    this.exponent = options.exponent;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const share = clipByValue(mul(add(this.only(inputs), 1), 0.5), 0, Infinity);
      return sub(mul(pow(share, this.exponent), 2), 1);
    });
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const half = graph.constant([0.5]);
    const share = graph.node('Mul', [graph.node('Add', [name, graph.constant([1])]), half]);
    const power = graph.node('Pow', [graph.node('Relu', [share]), graph.constant([this.exponent])]);
    return graph.node('Sub', [graph.node('Mul', [power, graph.constant([2])]), graph.constant([1])]);
  }

  override getConfig() {
    return { ...super.getConfig(), exponent: this.exponent };
  }
}

serialization.registerClass(SymmetricAdjust);
