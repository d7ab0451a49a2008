import type { RandomStream } from '@polytag/core';
import type { RgbImage } from '../decode-image.js';
import type { ColourJitterSettings } from './augmentation-settings.js';
import { brightness, color, contrast } from './operations/enhance.js';

/** Brightness, contrast and saturation, each by a factor uniform in 1 ± its setting (at least 0), in random order. */
export function colourJitter(
  image: RgbImage,
  settings: ColourJitterSettings,
  stream: RandomStream,
): RgbImage {
  const steps = [
    { spread: settings.brightness, change: brightness },
    { spread: settings.contrast, change: contrast },
    { spread: settings.saturation, change: color },
  ];
  return stream.permutation(steps.length).reduce((before, which) => {
    const { spread, change } = steps[which];
    const least = Math.max(1 - spread, 0);
    const factor = least + (1 + spread - least) * stream.uniform();
    return spread > 0 ? change(before, factor) : before;
  }, image);
}
