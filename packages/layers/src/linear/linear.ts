import { serialization, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { fusedLinear, linear, type Epilogue } from '@polytag/ops';
import { linearUniform } from '../initial/uniform.js';
import {
  ParametricLayer,
  type Initial,
  type ParametricLayerOptions,
} from '../parameters/parametric-layer.js';
import { sizeWithoutBatch } from '../summary/size-without-batch.js';

export interface LinearOptions extends ParametricLayerOptions {
  /** Output channels. */
  readonly units: number;
  /** Default true. */
  readonly bias?: boolean;
  /** How a checkpoint stores the weight: a matrix (default) or a 1x1 convolution. */
  readonly layout?: 'linear' | 'pointwise';
  /** Weight. Default: uniform ±1/√in. Not part of the saved configuration. */
  readonly initial?: Initial;
  /** Bias. Default: uniform ±1/√in. Not part of the saved configuration. */
  readonly biasInitial?: Initial;
}

/** [..., in] -> [..., units]; on a feature map it is a 1x1 convolution. Keys: `weight`, `bias`. */
export class Linear extends ParametricLayer {
  static readonly className = 'PolytagLinear';
  readonly units: number;
  readonly bias: boolean;
  readonly layout: 'linear' | 'pointwise';
  readonly #initial?: Initial;
  readonly #biasInitial?: Initial;
  #weight!: LayerVariable;
  #bias?: LayerVariable;

  constructor(options: LinearOptions) {
    super(options);
    this.units = options.units;
    this.bias = options.bias ?? true;
    this.layout = options.layout ?? 'linear';
    this.#initial = options.initial;
    this.#biasInitial = options.biasInitial;
  }

  override build(inputShape: Shape): void {
    const inputs = inputShape[inputShape.length - 1]!;
    this.#weight = this.addParameter('weight', [inputs, this.units], {
      initial: this.#initial ?? linearUniform(inputs),
      layout: this.layout,
    });
    if (this.bias) {
      this.#bias = this.addParameter('bias', [this.units], {
        initial: this.#biasInitial ?? linearUniform(inputs),
      });
    }
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return linear(
      this.only(inputs),
      this.#weight.read() as Tensor2D,
      this.#bias?.read() as Tensor1D | undefined,
    );
  }

  /** The same with another weight and bias, and with what follows it in inference. */
  fused(x: Tensor, weight: Tensor, end: Epilogue): Tensor {
    return fusedLinear(x, weight as Tensor2D, end);
  }

  override multiplyAdds([input]: readonly Shape[], output: Shape): number {
    return input[input.length - 1]! * sizeWithoutBatch(output);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, -1), this.units];
  }

  override getConfig() {
    const { units, bias, layout } = this;
    return { ...super.getConfig(), units, bias, layout };
  }
}

serialization.registerClass(Linear);
