import { input, model, type LayersModel } from '@tensorflow/tfjs-layers';
import type { Backbone } from '@polytag/core';

/**
 * Turns a backbone into a model: [B, height, width, 3] -> feature map.
 *
 * @param size dimensions left out are dynamic: the model then accepts any size
 */
export function buildBackbone(
  backbone: Backbone,
  size: { height?: number; width?: number } = {},
): LayersModel {
  const image = input({ shape: [size.height ?? null, size.width ?? null, 3], name: 'image' });
  return model({ inputs: image, outputs: backbone.apply(image), name: backbone.name });
}
