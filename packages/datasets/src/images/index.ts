/** Photographs as networks see them, in Node and in browsers: without label files, loader and threads. */
export { assertDecodable } from './assert-decodable.js';
export type { DecodeOptions, RgbImage } from './decode-image.js';
export { normaliser, type Normaliser } from './normalise.js';
export { prepareImage, withRgb, type ImageSource } from './prepare-image.js';
export { resizeBicubic, type ImageWindow } from './resize-bicubic.js';
export { resizeBilinear } from './resize-bilinear.js';
export { centreOf, resizeImage, shortSideSize } from './resize-image.js';
export { rowsOfImages, type BatchedImage, type RowsOfImagesOptions } from './rows-of-images.js';
