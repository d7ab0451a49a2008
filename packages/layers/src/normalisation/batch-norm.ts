import {
  add,
  dispose,
  div,
  mul,
  serialization,
  sqrt,
  sub,
  tidy,
  type Tensor,
  type Tensor1D,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { UsageError, type OnnxGraph, type OnnxLayer, type OnnxValue } from '@polytag/core';
import { batchNormTrain, runningAverage, scaleShift, type Activation } from '@polytag/ops';
import { ones, zeros } from '../parameters/initialisers.js';
import {
  ParametricLayer,
  type CallArguments,
  type Initialiser,
  type ParameterAlias,
  type ParametricLayerOptions,
} from '../parameters/parametric-layer.js';
import { onnxActivation, onnxChannels, onnxWeight } from '../onnx/onnx-nodes.js';

export interface BatchNormOptions extends ParametricLayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** Weight of the batch in the running statistics: running = (1 − momentum)·running + momentum·batch. Default 0.1. */
  readonly momentum?: number;
  /** Activation applied in the same pass. Default `identity`. */
  readonly activation?: Activation;
  /** Slope of `leaky-relu` below zero. */
  readonly slope?: number;
  /** Weight. Default: ones. Not part of the saved configuration. */
  readonly initialiser?: Initialiser;
}

/**
 * Batch normalisation with the following activation, [..., C] -> [..., C] (Ioffe and Szegedy, 2015). In training it
 * normalises with the biased variance of the batch and updates the running variance with the unbiased one, n/(n − 1)
 * times larger, as PyTorch does. In inference, or if frozen, it uses the running statistics. Keys: `weight`, `bias`,
 * `running_mean`, `running_var`. `num_batches_tracked` of checkpoints is not used and not kept.
 */
export class BatchNorm extends ParametricLayer implements OnnxLayer {
  static readonly className: string = 'PolytagBatchNorm';
  readonly epsilon: number;
  readonly momentum: number;
  readonly activation: Activation;
  readonly slope?: number;
  readonly #initialiser?: Initialiser;
  #weight!: LayerVariable;
  #bias!: LayerVariable;
  #mean!: LayerVariable;
  #variance!: LayerVariable;

  constructor(options: BatchNormOptions) {
    super(options);
    this.epsilon = options.epsilon ?? 1e-5;
    this.momentum = options.momentum ?? 0.1;
    this.activation = options.activation ?? 'identity';
    this.slope = options.slope;
    this.#initialiser = options.initialiser;
  }

  /** γ, the factor of the normalised value, from the stored weight, both [C]. Here they are equal. */
  protected gamma(weight: Tensor1D): Tensor1D {
    return weight;
  }

  /** For a layer with an alias: converts the weight published under that name. */
  protected convert(): ParameterAlias['convert'] {
    return undefined;
  }

  override build(inputShape: Shape): void {
    const shape = [inputShape[inputShape.length - 1]!];
    this.#weight = this.addParameter('weight', shape, {
      initialiser: this.#initialiser ?? ones,
      convert: this.convert(),
    });
    this.#bias = this.addParameter('bias', shape, { initialiser: zeros });
    this.#mean = this.addParameter('running_mean', shape, { initialiser: zeros, buffer: true });
    this.#variance = this.addParameter('running_var', shape, { initialiser: ones, buffer: true });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], { training = false, frozenBatchNorms }: CallArguments): Tensor {
    const x = this.only(inputs);
    const byBatch = training && !frozenBatchNorms?.has(this.name);
    return tidy(() => (byBatch ? this.#byBatch(x) : this.#byRunningStatistics(x)));
  }

  #byBatch(x: Tensor): Tensor {
    const { epsilon, momentum, activation, slope } = this;
    const count = x.size / x.shape[x.shape.length - 1];
    if (count < 2) {
      throw new UsageError(
        'usage/batch-too-small',
        `Batch norm "${this.name}" got one value per channel, so the variance is undefined.`,
        {
          hint: 'Train with at least two images per batch, and two per replica and micro-batch.',
        },
      );
    }
    const gamma = this.gamma(this.#weight.read() as Tensor1D);
    const beta = this.#bias.read() as Tensor1D;
    const { output, mean, variance } = batchNormTrain(x, gamma, beta, { epsilon, activation, slope });
    const decay = 1 - momentum;
    const [runningMean, runningVariance] = [this.#mean.read() as Variable, this.#variance.read() as Variable];
    runningMean.assign(runningAverage(runningMean, mean, { decay }));
    runningVariance.assign(runningAverage(runningVariance, variance, { decay, factor: count / (count - 1) }));
    return output;
  }

  #byRunningStatistics(x: Tensor): Tensor {
    const { activation, slope } = this;
    const { scale, shift } = this.affine();
    return scaleShift(x, scale, shift, { activation, slope });
  }

  /** Scale and shift of the running statistics, before the activation: x·scale + shift, each [C]. */
  affine(): { readonly scale: Tensor1D; readonly shift: Tensor1D } {
    return tidy(() => {
      const gamma = this.gamma(this.#weight.read() as Tensor1D);
      const scale: Tensor1D = div(gamma, sqrt(add(this.#variance.read(), this.epsilon)));
      const shift: Tensor1D = sub(this.#bias.read(), mul(this.#mean.read(), scale));
      return { scale, shift };
    });
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(graph: OnnxGraph, [{ name, shape }]: readonly OnnxValue[]): string {
    const { scale, shift } = this.affine();
    const add = shape.length === 4 ? onnxChannels : onnxWeight;
    const normalised = graph.node('Add', [graph.node('Mul', [name, add(graph, scale)]), add(graph, shift)]);
    dispose([scale, shift]);
    return onnxActivation(graph, normalised, this.activation, this.slope);
  }

  override getConfig(): serialization.ConfigDict {
    const { epsilon, momentum, activation, slope } = this;
    return { ...super.getConfig(), epsilon, momentum, activation, ...(slope === undefined ? {} : { slope }) };
  }
}

serialization.registerClass(BatchNorm);
