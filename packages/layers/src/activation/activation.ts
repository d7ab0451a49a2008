import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { activate, type PointwiseActivation } from '@polytag/ops';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';
import { onnxActivation } from '../onnx/onnx-nodes.js';

export interface ActivationOptions extends ParametricLayerOptions {
  readonly activation: PointwiseActivation;
  /** Slope of `leaky-relu` below zero. */
  readonly slope?: number;
}

/** An activation that is not part of a batch norm. Any shape. */
export class Activation extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagActivation';
  readonly activation: PointwiseActivation;
  readonly slope?: number;

  constructor(options: ActivationOptions) {
    super(options);
    this.activation = options.activation;
    this.slope = options.slope;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return activate(this.only(inputs), this.activation, { slope: this.slope });
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    return onnxActivation(graph, name, this.activation, this.slope);
  }

  override getConfig(): serialization.ConfigDict {
    const { activation, slope } = this;
    return { ...super.getConfig(), activation, ...(slope === undefined ? {} : { slope }) };
  }
}

serialization.registerClass(Activation);
