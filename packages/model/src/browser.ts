/** What works in a browser: build, load from an address, predict. Nothing is read from or written to files. */
export * from './everywhere.js';
export { loadModel } from './folder/fetch-model.js';
