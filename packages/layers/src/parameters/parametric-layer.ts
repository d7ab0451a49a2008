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

/** Another name that a weight is published under. */
export interface ParameterAlias {
  readonly key: string;
  /** Keys of further tensors: they follow that of `key` along the first axis, as query, key and value of one projection. */
  readonly more?: readonly string[];
  /**
   * Turns the values published under that name, in checkpoint order, into the weight's. Default: they are the same.
   * @throws CheckpointError `checkpoint/values` when the weight cannot take them
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
  /** Handed to the optimiser. Frozen weights and buffers are not. */
  readonly trainable: boolean;
  /** Running statistics: averaged by EMA, saved, never optimised. */
  readonly buffer: boolean;
  /** Kept where a file has it, and not missed where it has not: nothing is computed with it. */
  readonly optional?: boolean;
}

/** Fills a new weight: a pure function of its shape and a stream that belongs to its key. */
export type Initialiser = (shape: readonly number[], random: RandomStream) => Float32Array;

export interface ParameterOptions {
  readonly initialiser: Initialiser;
  /** Default `plain`. */
  readonly layout?: WeightLayout;
  /** Default true. False for frozen weights and buffers. */
  readonly trainable?: boolean;
  /** Default false. */
  readonly buffer?: boolean;
  /** `convert` of the weight's alias, for a layer that has one. */
  readonly convert?: ParameterAlias['convert'];
  /** Its name under the layer's alias. Default: the same. */
  readonly aliasName?: string;
  /** Default false. */
  readonly optional?: boolean;
}

/** Options that every Polytag layer takes. `seed` decides its initial weights and its dropout masks. */
export interface ParametricLayerOptions {
  readonly name: string;
  /**
   * Another prefix of checkpoint keys, where other releases have renamed the layer; several where they have cut it into
   * layers, whose outputs follow each other. Default none.
   */
  readonly alias?: string | readonly string[];
  /** Default 0. */
  readonly seed?: number;
}

/** What `model.apply(x, …)` hands to the `call` of every layer. */
export interface CallArguments {
  /** Batch statistics and dropout. Default false. */
  readonly training?: boolean;
  /** Number of the training step: decides the dropout masks. */
  readonly step?: number;
  /** Images of the step's batch before those of this call, where a batch is taken in parts. Default 0. */
  readonly batchOffset?: number;
  /** Names of batch norms that use their running statistics in training too, and leave them alone. */
  readonly frozenBatchNorms?: ReadonlySet<string>;
}

/**
 * Base of all Polytag layers: an ordinary tfjs layer whose weights know their checkpoint key and layout.
 * Initial weights depend on (seed, key) alone, never on the order in which layers are built.
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

  /** Adds a weight; call it in `build`. Keys of one layer share its name as prefix. */
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
   * Products of one inference on one image that convolutions, linear maps and attention sum up; what costs little beside
   * them counts as 0. An own layer that multiplies by weights overrides it.
   *
   * @param inputs shapes of the inputs; the batch is null, the other sizes are known
   * @param output shape of the output
   */
  multiplyAdds(_inputs: readonly Shape[], _output: Shape): number {
    return 0;
  }

  /** The one input of a layer that has one: tfjs hands it over alone or in a list. */
  protected only<T extends Tensor>(inputs: Tensor | Tensor[]): T {
    return (Array.isArray(inputs) ? inputs[0] : inputs) as T;
  }

  override getConfig(): ReturnType<layers.Layer['getConfig']> {
    const { seed, alias } = this;
    const written = alias === undefined || typeof alias === 'string' ? alias : [...alias];
    return { ...super.getConfig(), seed, ...(written === undefined ? {} : { alias: written }) };
  }
}
