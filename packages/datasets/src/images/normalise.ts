import type { Preprocessing } from '@polytag/core';

/** Writes pixels as (x/255 − mean)/std, mirrored left to right if asked. Made once for a preprocessing. */
export type Normaliser = (pixels: Uint8Array, into: Float32Array, offset: number, mirrored: boolean) => void;

/**
 * @returns a function from pixels [H, W, 3] to floats [H, W, 3] at an offset of a batch. There are 256 levels a
 *   channel, so each value is looked up.
 */
export function normaliser({ height, width, normalisation }: Preprocessing): Normaliser {
  const [red, green, blue] = [0, 1, 2].map((channel) =>
    Float32Array.from(
      { length: 256 },
      (_, level) => (level / 255 - normalisation.mean[channel]) / normalisation.std[channel],
    ),
  );
  return (pixels, into, offset, mirrored) => {
    let source = 0;
    for (let y = 0; y < height; y++) {
      let target = offset + (y * width + (mirrored ? width - 1 : 0)) * 3;
      const step = mirrored ? -3 : 3;
      for (let x = 0; x < width; x++) {
        into[target] = red[pixels[source++]];
        into[target + 1] = green[pixels[source++]];
        into[target + 2] = blue[pixels[source++]];
        target += step;
      }
    }
  };
}
