import { image, serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';

export interface ResizedImageOptions extends ParametricLayerOptions {
  /** Pixels. */
  readonly height: number;
  readonly width: number;
}

/**
 * Images at another size, bilinearly with half-pixel centres and without antialiasing, as `data.resize: stretch` resizes a
 * photograph (docs/method.md#resize): [B, H, W, 3] -> [B, height, width, 3]. No weights, and no gradient on the engine wasm.
 */
export class ResizedImage extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagResizedImage';
  readonly height: number;
  readonly width: number;

  constructor(options: ResizedImageOptions) {
    super(options);
    this.height = options.height;
    this.width = options.width;
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return image.resizeBilinear(this.only<Tensor4D>(inputs), [this.height, this.width], false, true);
  }

  override computeOutputShape([batch, , , channels]: Shape): Shape {
    return [batch, this.height, this.width, channels];
  }

  toOnnx(graph: OnnxGraph, [{ name, shape }]: readonly OnnxValue[]): string {
    graph.fixImageSize();
    const ends = [0, 1].map((at) => graph.integers([at]));
    const batch = graph.node('Slice', [graph.node('Shape', [name]), ...ends, graph.integers([0])]);
    const sizes = graph.node('Concat', [batch, graph.integers([shape[3]!, this.height, this.width])], { axis: 0n }); // prettier-ignore
    const rule = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
    // The second and the third are for what is given as a part of the image, or as a factor.
    return graph.node('Resize', [name, '', '', sizes], rule);
  }

  override getConfig() {
    const { height, width } = this;
    return { ...super.getConfig(), height, width };
  }
}

serialization.registerClass(ResizedImage);
