import type { ImageFormat } from '../image-format.js';
import type { ImageContainer } from './image-container.js';
import { readJpeg } from './jpeg-container.js';
import { readPng } from './png-container.js';
import { readWebp } from './webp-container.js';

/** Reads the container of an image. It never throws: what it cannot follow is left for the decoder to refuse. */
export function readContainer(format: ImageFormat, bytes: Uint8Array): ImageContainer {
  switch (format) {
    case 'jpeg':
      return readJpeg(bytes);
    case 'png':
      return readPng(bytes);
    case 'webp':
      return readWebp(bytes);
  }
}
