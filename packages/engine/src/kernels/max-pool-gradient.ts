import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { heapFloats, output } from '../wasm/host.js';

/** Attributes of tfjs's `MaxPoolGrad`. */
export interface MaxPoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Gradient of max pooling: the first largest value of each window gets what the window's result got. (tfjs's kernel for
 * wasm mistakes one channel, and one image, for another.)
 */
export function maxPoolGradient(
  dy: TensorInfo,
  input: TensorInfo,
  attributes: MaxPoolAttributes,
): TensorInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const shape = input.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight, inWidth, inChannels: channels, outHeight, outWidth } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const dx = output(shape);
  const [x, from, to] = [heapFloats(input), heapFloats(dy), heapFloats(dx).fill(0)];
  const [largest, place] = [new Float32Array(channels), new Int32Array(channels)];
  for (let image = 0, at = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * strideHeight - padInfo.top;
      for (let column = 0; column < outWidth; column++, at += channels) {
        const left = column * strideWidth - padInfo.left;
        largest.fill(-Infinity);
        place.fill(-1);
        for (let y = Math.max(0, top); y < Math.min(inHeight, top + filterHeight); y++) {
          for (let z = Math.max(0, left); z < Math.min(inWidth, left + filterWidth); z++) {
            const start = ((image * inHeight + y) * inWidth + z) * channels;
            for (let c = 0; c < channels; c++) {
              if (x[start + c] > largest[c]) {
                largest[c] = x[start + c];
                place[c] = start + c;
              }
            }
          }
        }
        for (let c = 0; c < channels; c++) if (place[c] >= 0) to[place[c]] += from[at + c];
      }
    }
  }
  return dx;
}
