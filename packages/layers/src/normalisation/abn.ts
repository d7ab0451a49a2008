import {
  abs,
  add,
  customGrad,
  less,
  neg,
  serialization,
  where,
  type GradSaveFunc,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { CheckpointError } from '@polytag/core';
import type { ParameterAlias } from '../parameters/parametric-layer.js';
import { BatchNorm } from './batch-norm.js';

/**
 * Activated batch norm, as in TResNet's published weights (Rota Bulò et al., "In-Place Activated BatchNorm for
 * Memory-Optimized Training of DNNs", 2018; docs/method.md#abn): batch norm with the factor γ = |weight| + ε, and the
 * following activation. Otherwise like `BatchNorm`, with the same keys.
 *
 * A weight under its alias is that of plain batch norm, γ itself.
 */
export class Abn extends BatchNorm {
  static override readonly className = 'PolytagAbn';

  protected override gamma(weight: Tensor1D): Tensor1D {
    return customGrad((...inputs) => {
      const [w, save] = inputs as unknown as [Tensor1D, GradSaveFunc];
      save([w]);
      return {
        value: add(abs(w), this.epsilon),
        // The right-hand slope at 0, where the last weights of each block start.
        gradFunc: (dy: Tensor, saved: Tensor[]) => where(less(saved[0], 0), neg(dy), dy),
      };
    })(weight) as Tensor1D;
  }

  protected override convert(): ParameterAlias['convert'] {
    return (factors) => {
      // As float32 has it: a factor made of the weight 0 is that.
      const epsilon = Math.fround(this.epsilon);
      const weights = Float32Array.from(factors, (factor) => factor - epsilon);
      const below = weights.findIndex((weight) => weight < 0);
      if (below === -1) return weights;
      throw new CheckpointError(
        'checkpoint/values',
        `Channel ${below} of "${this.alias}.weight" is ${factors[below]}; activated batch norm needs factors of at least ${this.epsilon}.`,
        {
          hint: 'These weights were trained with plain batch norm: build the network with it (for TResNet, layout: timm).',
        },
      );
    };
  }
}

serialization.registerClass(Abn);
