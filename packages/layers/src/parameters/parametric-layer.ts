import { tensor, zeros, type Tensor } from '@tensorflow/tfjs-core';
import { layers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { RandomStream } from '@polytag/core';
import { weightsAreEmpty } from './empty-weights.js';
import { makeWeight } from './weight-limit.js';

/**
 * How a weight is stored here against how checkpoints store it (PyTorch order):
 *
 * | layout        | here             | checkpoint       |
 * | ------------- | ---------------- | ---------------- |
 * | `plain`       | as is            | as is            |
 * | `linear`      | [in, out]        | [out, in]        |
 * | `pointwise`   | [in, out]        | [out, in, 1, 1]  |
 * | `convolution` | [kh, kw, in, out]| [out, in, kh, kw]|
 * | `depthwise`   | [kh, kw, C, 1]   | [C, 1, kh, kw]   |
 */
export type WeightLayout = 'plain' | 'linear' | 'pointwise' | 'convolution' | 'depthwise';

/** Another name under which a weight is published. */
export interface ParameterAlias {
  readonly key: string;
  /**
   * Keys of further tensors that follow that of `key` along the first axis, such as query, key and value of one
   * projection.
   */
  readonly more?: readonly string[];
  /**
   * Converts values published under that name, in checkpoint order, to the weight's. Default: unchanged.
   * @throws CheckpointError `checkpoint/values` if the weight cannot take them
   */
  readonly convert?: (values: ArrayLike<number>) => Float32Array;
}

/** One entry of a model's state: a weight, a frozen weight or a buffer (running statistics). */
export interface Parameter {
  /** Checkpoint key: layer name, a dot, the weight's name. */
  readonly key: string;
  readonly alias?: ParameterAlias;
  readonly variable: LayerVariable;
  readonly layout: WeightLayout;
  /** Whether the optimiser updates it. Frozen weights and buffers are not updated. */
  readonly trainable: boolean;
  /** Running statistics: averaged by EMA and saved, but never optimised. */
  readonly buffer: boolean;
  /** Loaded if a file has it, and not required: it is not used in computation. */
  readonly optional?: boolean;
}

/** Fills a new weight. Depends only on its shape and on a random stream named after its key. */
export type Initialiser = (shape: readonly number[], random: RandomStream) => Float32Array;

export interface ParameterOptions {
  readonly initialiser: Initialiser;
  /** Default `plain`. */
  readonly layout?: WeightLayout;
  /** Default true. False for frozen weights and buffers. */
  readonly trainable?: boolean;
  /** Default false. */
  readonly buffer?: boolean;
  /** `convert` of the weight's alias, for a layer with an alias. */
  readonly convert?: ParameterAlias['convert'];
  /** Name of the weight under the layer's alias. Default: the same. */
  readonly aliasName?: string;
  /** Default false. */
  readonly optional?: boolean;
}

/** Options of every Polytag layer. `seed` determines initial weights and dropout masks. */
export interface ParametricLayerOptions {
  readonly name: string;
  /**
   * Another prefix of checkpoint keys, if other releases renamed the layer; several if they split it into layers whose
   * outputs follow each other. Default none.
   */
  readonly alias?: string | readonly string[];
  /** Default 0. */
  readonly seed?: number;
}

/** Arguments of `model.apply(x, …)`, which every layer receives. */
export interface CallArguments {
  /** Whether to use batch statistics and dropout. Default false. */
  readonly training?: boolean;
  /** Number of the training step, which determines dropout masks. */
  readonly step?: number;
  /** Number of the batch's images before this call, if a batch is divided. Default 0. */
  readonly batchOffset?: number;
  /** Names of batch norms that use their running statistics in training too, and do not update them. */
  readonly frozenBatchNorms?: ReadonlySet<string>;
}

/**
 * Base class of all Polytag layers: an ordinary tfjs layer whose weights have checkpoint keys and layouts. Initial
 * weights depend only on (seed, key), not on the order in which layers are built.
 */
export abstract class ParametricLayer extends layers.Layer {
  readonly seed: number;
  readonly alias?: string | readonly string[];
  readonly #parameters: Parameter[] = [];

  constructor(options: ParametricLayerOptions) {
    super({ name: options.name });
    this.seed = options.seed ?? 0;
    this.alias = options.alias;
  }

  get parameters(): readonly Parameter[] {
    return this.#parameters;
  }

  /** Adds a weight; call it in `build`. Keys of a layer begin with its name. */
  protected addParameter(name: string, shape: readonly number[], options: ParameterOptions): LayerVariable {
    const key = `${this.name}.${name}`;
    const { layout = 'plain', buffer = false, optional } = options;
    const alias = this.#aliasOf(options.aliasName ?? name, options.convert);
    const trainable = !buffer && (options.trainable ?? true);
    const initializer = {
      apply: (size: number[]) =>
        weightsAreEmpty()
          ? zeros(size)
          : tensor(options.initialiser(size, new RandomStream(this.seed, key)), size, 'float32'),
    };
    const variable = makeWeight(shape, () =>
      this.addWeight(
        name,
        [...shape],
        'float32',
        initializer as unknown as Parameters<layers.Layer['addWeight']>[3],
        undefined,
        trainable,
      ),
    );
    this.#parameters.push({ key, alias, variable, layout, trainable, buffer, ...(optional && { optional }) });
    return variable;
  }

  #aliasOf(name: string, convert: ParameterAlias['convert']): ParameterAlias | undefined {
    const keys = [this.alias ?? []].flat().map((prefix) => `${prefix}.${name}`);
    const [key, ...more] = keys;
    return key === undefined ? undefined : { key, convert, ...(more.length > 0 && { more }) };
  }

  /**
   * Multiply-adds of convolutions, linear layers and attention for one image; cheap operations count as 0. Override it
   * in your own layers that multiply by weights.
   *
   * @param inputs shapes of the inputs; the batch is null, the other sizes are known
   * @param output shape of the output
   */
  multiplyAdds(_inputs: readonly Shape[], _output: Shape): number {
    return 0;
  }

  /** The only input of a layer: tfjs passes it alone or in a list. */
  protected only<T extends Tensor>(inputs: Tensor | Tensor[]): T {
    return (Array.isArray(inputs) ? inputs[0] : inputs) as T;
  }

  override getConfig(): ReturnType<layers.Layer['getConfig']> {
    const { seed, alias } = this;
    const written = alias === undefined || typeof alias === 'string' ? alias : [...alias];
    return { ...super.getConfig(), seed, ...(written === undefined ? {} : { alias: written }) };
  }
}
