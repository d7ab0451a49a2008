import {
  add,
  concat,
  pad,
  reshape,
  serialization,
  slice,
  tidy,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { UsageError, type OnnxGraph, type OnnxLayer, type OnnxValue } from '@polytag/core';
import {
  computedOnnxValues,
  normal,
  ParametricLayer,
  zeros,
  type Parameter,
  type ParametricLayerOptions,
} from '@polytag/layers';
import { interpolatePositions, type PositionRule } from './position-table.js';

export interface ViTTokensOptions extends ParametricLayerOptions {
  /** Cells per side of the position table. */
  readonly tableSide: number;
  /** Number of register tokens; 0 for none. */
  readonly registers: number;
  readonly positions: PositionRule;
}

/** Standard deviation of new positions, and of new class tokens and registers. */
const POSITION_STD = 0.02;
const TOKEN_STD = 1e-6;

/** Names that transformers has, under `embeddings`. */
const NAMES_OF_TRANSFORMERS = { pos_embed: 'position_embeddings' } as const;

/**
 * Builds the tokens of a vision transformer from its patches, [B, h, w, D] -> [B, 1 + R + h·w, D]: class token, R
 * registers (Darcet et al., "Vision Transformers Need Registers", 2023), patches row by row. Class token and patches
 * have positions, interpolated to the grid; registers have none.
 *
 * Keys, without this layer's name: `cls_token`, `pos_embed`, `register_tokens` if there are any, and `mask_token`,
 * which is used only in pre-training; it is kept, but not used here.
 */
export class ViTTokens extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagViTTokens';
  readonly tableSide: number;
  readonly registers: number;
  readonly positions: PositionRule;
  #classToken!: LayerVariable;
  #positions!: LayerVariable;
  #registers?: LayerVariable;

  constructor(options: ViTTokensOptions) {
    super({ ...options, alias: options.alias ?? 'embeddings' });
    this.tableSide = options.tableSide;
    this.registers = options.registers;
    this.positions = options.positions;
  }

  /** Keys of the published network, without this layer's name. */
  override get parameters(): readonly Parameter[] {
    return super.parameters.map((parameter) => ({
      ...parameter,
      key: parameter.key.slice(this.name.length + 1),
    }));
  }

  override build(inputShape: Shape): void {
    const width = inputShape[3]!;
    const { tableSide, registers } = this;
    this.#classToken = this.addParameter('cls_token', [1, 1, width], { initialiser: normal(TOKEN_STD) });
    this.#positions = this.addParameter('pos_embed', [1, 1 + tableSide ** 2, width], {
      initialiser: normal(POSITION_STD),
      aliasName: NAMES_OF_TRANSFORMERS.pos_embed,
    });
    if (registers > 0) {
      this.#registers = this.addParameter('register_tokens', [1, registers, width], {
        initialiser: normal(TOKEN_STD),
      });
    }
    this.addParameter('mask_token', [1, width], { initialiser: zeros, trainable: false, optional: true });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor3D {
    const patches = this.only<Tensor4D>(inputs);
    const [batch, height, columns, width] = patches.shape;
    return tidy(() => {
      const tokens = reshape(patches, [batch, height * columns, width]) as Tensor3D;
      const front = 1 + this.registers;
      return add(pad(tokens, [[0, 0], [front, 0], [0, 0]]), this.#table([height, columns])); // prettier-ignore
    });
  }

  /** What is added to the patches behind 1 + R zeros, [1, 1 + R + h·w, D]. */
  #table(grid: readonly [number, number]): Tensor3D {
    const all = this.#positions.read() as Tensor3D;
    const width = all.shape[2];
    const first = add(this.#classToken.read(), slice(all, [0, 0, 0], [1, 1, width]));
    const square = slice(all, [0, 1, 0], [1, this.tableSide ** 2, width]);
    const cells = interpolatePositions(square, grid, this.positions);
    const registers = this.#registers ? [this.#registers.read()] : [];
    return concat([first, ...registers, cells], 1) as Tensor3D;
  }

  override computeOutputShape([batch, height, columns, width]: Shape): Shape {
    const count = height === null || columns === null ? null : 1 + this.registers + height * columns;
    return [batch, count, width];
  }

  toOnnx(graph: OnnxGraph, [{ name, shape }]: readonly OnnxValue[]): string {
    const [, height, columns, width] = shape;
    if (height === null || columns === null) {
      throw new UsageError(
        'usage/open-size',
        `The position embeddings of "${this.name}" depend on the image size, which is not set.`,
        {
          hint: 'Build the model with a height and a width.',
        },
      );
    }
    graph.fixImageSize();
    const flat = graph.node('Reshape', [name, graph.integers([0, width!, height * columns])]);
    const tokens = graph.node('Transpose', [flat], { perm: [0, 2, 1] });
    const padded = graph.node('Pad', [tokens, graph.integers([0, 1 + this.registers, 0, 0, 0, 0])]);
    const table = computedOnnxValues(() => this.#table([height, columns]));
    return graph.node('Add', [padded, graph.weight(table.values, table.shape)]);
  }

  override getConfig() {
    const { tableSide, registers, positions } = this;
    return { ...super.getConfig(), tableSide, registers, positions };
  }
}

serialization.registerClass(ViTTokens);
