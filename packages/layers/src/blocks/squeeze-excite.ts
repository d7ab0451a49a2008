import {
  serialization,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { activate, channelScale, globalAveragePool, linear } from '@polytag/ops';
import { kaimingNormal, normal, zeros } from '../parameters/initialisers.js';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';
import { onnxActivation, onnxValues, onnxWeight } from '../onnx/onnx-nodes.js';

/**
 * Names and storage of the two linear layers in published weights: matrices in `reference`, 1x1 convolutions in the
 * others.
 */
export type SqueezeExciteKeys = 'reference' | 'timm' | 'torchvision';

const NAMES: Readonly<Record<SqueezeExciteKeys, { reduce: string; expand: string }>> = {
  reference: { reduce: 'fc.0', expand: 'fc.2' },
  timm: { reduce: 'conv_reduce', expand: 'conv_expand' },
  torchvision: { reduce: 'fc1', expand: 'fc2' },
};

export interface SqueezeExciteOptions extends ParametricLayerOptions {
  /** Width between the two linear layers. */
  readonly reduced: number;
  /** Default `reference`. */
  readonly keys?: SqueezeExciteKeys;
  /** Activation between the two layers. Default `relu`. */
  readonly activation?: 'relu' | 'silu';
  /** Activation that makes the channel weights. Default `hard-sigmoid`. */
  readonly gate?: 'hard-sigmoid' | 'sigmoid';
}

/**
 * Squeeze-and-excitation: weighs channels by the content of the whole image (Hu, Shen and Sun, "Squeeze-and-Excitation
 * Networks", 2018): mean over the map, linear, activation, linear, gate, product. MobileNetV3 has ReLU and hard
 * sigmoid, relu6(x + 3)/6; EfficientNetV2 SiLU and sigmoid. [B, h, w, C] -> [B, h, w, C]. Keys: `fc.0`, `fc.2` |
 * `conv_reduce`, `conv_expand` | `fc1`, `fc2`, each with `weight` and `bias`.
 */
export class SqueezeExcite extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagSqueezeExcite';
  readonly reduced: number;
  readonly keys: SqueezeExciteKeys;
  readonly activation: 'relu' | 'silu';
  readonly gate: 'hard-sigmoid' | 'sigmoid';
  #maps!: readonly [LayerVariable, LayerVariable][];

  constructor(options: SqueezeExciteOptions) {
    super(options);
    this.reduced = options.reduced;
    this.keys = options.keys ?? 'reference';
    this.activation = options.activation ?? 'relu';
    this.gate = options.gate ?? 'hard-sigmoid';
  }

  override build(inputShape: Shape): void {
    const channels = inputShape[3]!;
    const { reduce, expand } = NAMES[this.keys];
    this.#maps = [this.#addMap(reduce, channels, this.reduced), this.#addMap(expand, this.reduced, channels)];
    this.built = true;
  }

  #addMap(name: string, inputs: number, outputs: number): [LayerVariable, LayerVariable] {
    const matrix = this.keys === 'reference';
    return [
      this.addParameter(`${name}.weight`, [inputs, outputs], {
        initialiser: matrix ? normal(0.01) : kaimingNormal(outputs),
        layout: matrix ? 'linear' : 'pointwise',
      }),
      this.addParameter(`${name}.bias`, [outputs], { initialiser: zeros }),
    ];
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const x = this.only<Tensor4D>(inputs);
    const [reduce, expand] = this.#maps.map(
      ([weight, bias]) => [weight.read() as Tensor2D, bias.read() as Tensor1D] as const,
    );
    return tidy(() => {
      const squeezed = activate(linear(globalAveragePool(x), ...reduce), this.activation);
      return channelScale(x, activate(linear(squeezed, ...expand), this.gate) as Tensor2D);
    });
  }

  override multiplyAdds(_: readonly Shape[], output: Shape): number {
    return 2 * output[3]! * this.reduced;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const [reduce, expand] = this.#maps.map(([weight, bias]) => (x: string) => {
      const { values, shape } = onnxValues(weight.read(), [1, 0]);
      const kernel = graph.weight(values, [...shape, 1, 1], 0);
      return graph.node('Conv', [x, kernel, onnxWeight(graph, bias.read())], { kernel_shape: [1, 1] });
    });
    const squeezed = onnxActivation(graph, reduce(graph.node('GlobalAveragePool', [name])), this.activation);
    return graph.node('Mul', [name, onnxActivation(graph, expand(squeezed), this.gate)]);
  }

  override getConfig() {
    const { reduced, keys, activation, gate } = this;
    return { ...super.getConfig(), reduced, keys, activation, gate };
  }
}

serialization.registerClass(SqueezeExcite);
