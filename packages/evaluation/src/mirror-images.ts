import type { NetworkInputs } from '@polytag/core';

/** The images of a batch, [B, H, W, C], each with its columns in reverse order. */
export function mirrorImages({ inputs, shape }: NetworkInputs): NetworkInputs {
  const [, , width, channels] = shape;
  const row = width * channels;
  const mirrored = new Float32Array(inputs.length);
  for (let start = 0; start < inputs.length; start += row) {
    for (let column = 0; column < width; column++) {
      const from = start + column * channels;
      const to = start + (width - 1 - column) * channels;
      for (let c = 0; c < channels; c++) mirrored[to + c] = inputs[from + c];
    }
  }
  return { inputs: mirrored, shape };
}
