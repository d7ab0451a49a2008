import type { Preprocessing } from '@polytag/core';

/** Writes pixels as (x/255 − mean)/std. Made once for a preprocessing. */
export type Normaliser = (pixels: Uint8Array, into: Float32Array, offset: number) => void;

/**
 * @returns a function from pixels [H, W, 3] to floats [H, W, 3] at an offset of a batch. There are 256 levels a
 *   channel, so each value is looked up.
 */
export function normaliser({ normalisation }: Pick<Preprocessing, 'normalisation'>): Normaliser {
  const [red, green, blue] = [0, 1, 2].map((channel) =>
    Float32Array.from(
      { length: 256 },
      (_, level) => (level / 255 - normalisation.mean[channel]) / normalisation.std[channel],
    ),
  );
  return (pixels, into, offset) => {
    for (let i = 0; i < pixels.length; i += 3) {
      into[offset + i] = red[pixels[i]];
      into[offset + i + 1] = green[pixels[i + 1]];
      into[offset + i + 2] = blue[pixels[i + 2]];
    }
  };
}
