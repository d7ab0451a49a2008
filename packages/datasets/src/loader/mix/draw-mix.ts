import { RandomStream, type ImageSize } from '@polytag/core';
import type { MixSettings } from '../../images/augment/augmentation-settings.js';
import type { Rectangle } from '../../images/augment/operations/place.js';
import { drawBeta } from './draw-beta.js';

/** How the images of a batch are mixed in pairs. */
export interface Mix {
  /** Image b is mixed with image `order[b]` of the same batch. */
  readonly order: Uint32Array;
  /** Weight of the image itself, 0 to 1, for pixels and targets. */
  readonly lambda: number;
  /** Area filled from the partner (cutmix). Without it, pixels are blended (mixup). */
  readonly area?: Rectangle;
}

/** Which batch is mixed. */
interface MixPlace {
  readonly seed: number;
  readonly epoch: number;
  readonly batch: number;
  /** Of a batch that machines share: the images of a share are mixed with each other. Default 0. */
  readonly share?: number;
}

/**
 * What is mixed in a batch, drawn from the stream `mix/<epoch>/<batch>`: mixup (Zhang et al., 2018) or cutmix (Yun et
 * al., 2019), with one λ from Beta(alpha, alpha) for the batch. With cutmix λ is what the rectangle leaves of the image
 * after it was clipped at the borders.
 *
 * @returns undefined when this batch is not mixed
 */
export function drawMix(
  settings: MixSettings,
  { seed, epoch, batch, share = 0 }: MixPlace,
  images: number,
  { height, width }: ImageSize,
): Mix | undefined {
  const stream = new RandomStream(seed, `mix/${epoch}/${batch}${share === 0 ? '' : `/${share}`}`);
  if (!(stream.uniform() < settings.probability)) return undefined;
  const lambda = drawBeta(settings.alpha, stream);
  const order = stream.permutation(images);
  if (settings.name === 'mixup') return { order, lambda };
  const side = Math.sqrt(1 - lambda);
  const [halfHeight, halfWidth] = [Math.floor((side * height) / 2), Math.floor((side * width) / 2)];
  const [x, y] = [stream.integer(width), stream.integer(height)];
  const area = {
    left: Math.max(x - halfWidth, 0),
    top: Math.max(y - halfHeight, 0),
    right: Math.min(x + halfWidth, width),
    bottom: Math.min(y + halfHeight, height),
  };
  const covered = (area.right - area.left) * (area.bottom - area.top);
  return { order, lambda: 1 - covered / (height * width), area };
}
