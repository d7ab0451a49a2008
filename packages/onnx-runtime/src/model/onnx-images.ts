import type { NetworkInputs, PixelNormalisation, Preprocessing } from '@polytag/core';
import { normaliser } from '@polytag/datasets/images';
import type { OnnxTensor } from '../session/open-session.js';

/** Input of a network: RGB pixels 0 to 255, channels last, or the result of `prepareImage`, channels first. */
export type OnnxInput = 'pixels' | 'pixels-float' | 'normalised';

/**
 * Resized images in the form in which a file takes them.
 *
 * @param pixels [images, height, width, 3] RGB
 */
export function pixelImages(
  pixels: Uint8Array,
  images: number,
  input: OnnxInput,
  { height, width, normalisation }: Preprocessing,
): OnnxTensor {
  const shape = [images, height, width, 3];
  if (input === 'pixels') return { type: 'uint8', data: pixels, shape };
  if (input === 'pixels-float') return { type: 'float32', data: Float32Array.from(pixels), shape };
  const normalised = new Float32Array(pixels.length);
  normaliser({ normalisation })(pixels, normalised, 0);
  return onnxImages({ inputs: normalised, shape }, input, normalisation);
}

/**
 * Converts resized and normalised images to the input of a file.
 *
 * @param images [B, height, width, 3]
 */
export function onnxImages(
  { inputs, shape }: NetworkInputs,
  input: OnnxInput,
  { mean, std }: PixelNormalisation,
): OnnxTensor {
  const [images, height, width] = shape;
  if (input === 'normalised')
    return { type: 'float32', data: channelsFirst(inputs, images), shape: [images, 3, height, width] };
  // Pixels were whole numbers before they were normalised.
  const pixel = (value: number, i: number) => Math.round((value * std[i % 3] + mean[i % 3]) * 255);
  return input === 'pixels'
    ? { type: 'uint8', data: Uint8Array.from(inputs, pixel), shape }
    : { type: 'float32', data: inputs.map(pixel), shape };
}

function channelsFirst(values: Float32Array, images: number): Float32Array {
  const plane = values.length / images / 3;
  return Float32Array.from(values, (_, i) => {
    const [image, rest] = [Math.floor(i / (3 * plane)), i % (3 * plane)];
    return values[(image * plane + (rest % plane)) * 3 + Math.floor(rest / plane)];
  });
}
