export { damaged } from './damage.js';
export { fuzz, type FuzzResult } from './fuzz.js';
export type { FuzzedReader } from './reader.js';
export { allReaders } from './readers/all-readers.js';
