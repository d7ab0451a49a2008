import type { NetworkInputs, PixelNormalisation } from '@polytag/core';
import type { OnnxInput } from './model-proto.js';

/** Images in the form in which a file takes them. */
export interface OnnxImages {
  readonly type: 'uint8' | 'float32';
  readonly values: Uint8Array | Float32Array;
  readonly shape: readonly number[];
}

/** @param images [B, height, width, 3], resized and normalised */
export function onnxImages(
  { inputs, shape }: NetworkInputs,
  input: OnnxInput,
  { mean, std }: PixelNormalisation,
): OnnxImages {
  const [images, height, width] = shape;
  if (input === 'normalised')
    return { type: 'float32', values: channelsFirst(inputs, images), shape: [images, 3, height, width] };
  // Pixels were whole numbers before they were normalised.
  const pixel = (value: number, i: number) => Math.round((value * std[i % 3] + mean[i % 3]) * 255);
  return input === 'pixels'
    ? { type: 'uint8', values: Uint8Array.from(inputs, pixel), shape }
    : { type: 'float32', values: inputs.map(pixel), shape };
}

function channelsFirst(values: Float32Array, images: number): Float32Array {
  const plane = values.length / images / 3;
  return Float32Array.from(values, (_, i) => {
    const [image, rest] = [Math.floor(i / (3 * plane)), i % (3 * plane)];
    return values[(image * plane + (rest % plane)) * 3 + Math.floor(rest / plane)];
  });
}
