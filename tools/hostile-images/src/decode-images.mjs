// Decodes the images that a list names, and writes what became of each: decode-images.mjs LIST RESULTS
import { readFileSync, writeFileSync } from 'node:fs';
// The file alone: the rest of the package takes as long to load again.
import { readImage } from '../../../packages/datasets/dist/images/decode-image.js';

const [list, results] = process.argv.slice(2);
const decode = (path) =>
  readImage(path).then(
    ({ width, height }) => ({ width, height }),
    ({ code, message }) => ({ code: code ?? message }),
  );
writeFileSync(results, JSON.stringify(await Promise.all(JSON.parse(readFileSync(list, 'utf8')).map(decode))));
