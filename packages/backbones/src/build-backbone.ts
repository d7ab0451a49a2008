import { input, model, type LayersModel } from '@tensorflow/tfjs-layers';
import type { Backbone } from '@polytag/core';

/**
 * A backbone as a model of its own: [B, height, width, 3] -> feature map.
 *
 * @param size sizes left out stay open: the model then takes images of any size
 */
export function buildBackbone(
  backbone: Backbone,
  size: { height?: number; width?: number } = {},
): LayersModel {
  const image = input({ shape: [size.height ?? null, size.width ?? null, 3], name: 'image' });
  return model({ inputs: image, outputs: backbone.apply(image), name: backbone.name });
}
