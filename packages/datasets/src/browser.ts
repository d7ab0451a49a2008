/** What works in a browser: one image at a time, without files and threads. */
export type { DecodeOptions, RgbImage } from './images/decode-image.js';
export { decodeImage, readImage } from './images/decode-image.browser.js';
export { imageFormat, type ImageFormat } from './images/image-format.js';
export { normaliser, type Normaliser } from './images/normalise.js';
export { prepareImage } from './images/prepare-image.js';
export { resizeBilinear, type ImageSize } from './images/resize-bilinear.js';
