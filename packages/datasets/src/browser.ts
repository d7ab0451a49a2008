/** What works in a browser: one image at a time, without files and threads. */
export * from './images/index.js';
export { decodeImage, readImage } from './images/decode-image.browser.js';
export { imageFormat, type ImageFormat } from './images/image-format.js';
