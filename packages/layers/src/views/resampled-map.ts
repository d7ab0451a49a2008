import { matMul, reshape, serialization, tensor, tidy, tile, transpose, type Tensor, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core'; // prettier-ignore
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';

export interface ResampledMapOptions extends ParametricLayerOptions {
  /** Cells. */
  readonly height: number;
  readonly width: number;
}

/**
 * A feature map on another grid, [B, h, w, C] -> [B, height, width, C]: each new cell is the mean of what it covers of the
 * old ones, so that the mean over all cells stays. No weights.
 */
export class ResampledMap extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagResampledMap';
  readonly height: number;
  readonly width: number;

  constructor(options: ResampledMapOptions) {
    super(options);
    this.height = options.height;
    this.width = options.width;
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const x = this.only<Tensor4D>(inputs);
    const { height, width } = this;
    const [batch, h, w, channels] = x.shape;
    return tidy(() => {
      const rows = along(reshape(x, [batch, h, w * channels]), height);
      const byColumn = transpose(reshape(rows, [batch, height, w, channels]), [0, 2, 1, 3]);
      const columns = along(reshape(byColumn, [batch, w, height * channels]), width);
      return transpose(reshape(columns, [batch, width, height, channels]), [0, 2, 1, 3]) as Tensor4D;
    });
  }

  override computeOutputShape([batch, , , channels]: Shape): Shape {
    return [batch, this.height, this.width, channels];
  }

  toOnnx(graph: OnnxGraph, [{ name, shape }]: readonly OnnxValue[]): string {
    const [, h, w] = shape as number[];
    graph.fixImageSize();
    const rows = graph.constant([...coverage(h, this.height)], [this.height, h]);
    const columns = graph.constant(transposed(coverage(w, this.width), this.width), [w, this.width]);
    return graph.node('MatMul', [graph.node('MatMul', [rows, name]), columns]);
  }

  override getConfig() {
    const { height, width } = this;
    return { ...super.getConfig(), height, width };
  }
}

serialization.registerClass(ResampledMap);

/** [B, n, m] -> [B, cells, m] */
function along(x: Tensor3D, cells: number): Tensor {
  const [batch, from] = x.shape;
  const weights = tensor(coverage(from, cells), [1, cells, from]);
  return matMul(tile(weights, [batch, 1, 1]), x);
}

/** Share of each of `from` old cells in each of `to` new ones along an axis, [to, from]; the rows sum to 1. */
function coverage(from: number, to: number): Float32Array {
  const shares = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const [begin, end] = [(i * from) / to, ((i + 1) * from) / to];
    for (let j = Math.floor(begin); j < Math.min(from, Math.ceil(end)); j++) {
      shares[i * from + j] = (Math.max(0, Math.min(end, j + 1) - Math.max(begin, j)) * to) / from;
    }
  }
  return shares;
}

function transposed(matrix: Float32Array, rows: number): number[] {
  const columns = matrix.length / rows;
  return Array.from({ length: matrix.length }, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
}
