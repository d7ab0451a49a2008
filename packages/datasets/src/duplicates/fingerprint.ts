import { createHash } from 'node:crypto';
import type { RgbImage } from '../images/decode-image.js';
import { perceptualHashes } from './perceptual-hash.js';
import { thumbnailOf, type Thumbnail } from './thumbnail.js';

/** Data to find duplicates of an image: 4.3 KB each. */
export interface Fingerprint extends Thumbnail {
  /** SHA-256 of the file. */
  readonly content: string;
  /** [windows, 2]: the hashes of `perceptualHashes`. */
  readonly hashes: Int32Array;
}

/** @param bytes of the file that the image was decoded from */
export function fingerprintOf(image: RgbImage, bytes: Uint8Array): Fingerprint {
  const thumbnail = thumbnailOf(image);
  const content = createHash('sha256').update(bytes).digest('hex');
  return { content, ...thumbnail, hashes: perceptualHashes(thumbnail) };
}
