import { reshape, serialization, tidy, transpose, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { UsageError, type OnnxGraph, type OnnxLayer, type OnnxValue } from '@polytag/core';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';

export interface SpaceToDepthOptions extends ParametricLayerOptions {
  /** Side n of the blocks, pixels. */
  readonly block: number;
}

/**
 * Moves each block of n x n pixels to one pixel with n² as many channels, in the order row, column, channel of the
 * block (TResNet's stem, Ridnik et al., 2021). [B, H, W, C] -> [B, H/n, W/n, n²·C]; no weights.
 *
 * @throws UsageError `usage/image-size` if a side is not a multiple of n
 */
export class SpaceToDepth extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagSpaceToDepth';
  readonly block: number;

  constructor(options: SpaceToDepthOptions) {
    super(options);
    this.block = options.block;
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const x = this.only<Tensor4D>(inputs);
    const { block } = this;
    const [batch, height, width, channels] = this.computeOutputShape(x.shape) as [
      number,
      number,
      number,
      number,
    ];
    return tidy(() => {
      // [image and row of blocks, row of the block, column of blocks, column of the block and channel]
      const rows = reshape(x, [batch * height, block, width, block * x.shape[3]]);
      return reshape(transpose(rows, [0, 2, 1, 3]), [batch, height, width, channels]);
    });
  }

  override computeOutputShape([batch, height, width, channels]: Shape): Shape {
    const { block } = this;
    const blocks = (pixels: number | null) => (pixels === null ? null : pixels / block);
    const sizes = [height, width].map(blocks);
    if (sizes.some((size) => size !== null && !Number.isInteger(size))) {
      throw new UsageError(
        'usage/image-size',
        `"${this.name}" got images of ${height} x ${width} pixels; both sides must be multiples of ${block}.`,
        { hint: 'Choose another image height and width.' },
      );
    }
    return [batch, ...sizes, block ** 2 * channels!];
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    return graph.node('SpaceToDepth', [name], { blocksize: BigInt(this.block) });
  }

  override getConfig() {
    return { ...super.getConfig(), block: this.block };
  }
}

serialization.registerClass(SpaceToDepth);
