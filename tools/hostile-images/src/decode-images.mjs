// Decodes the images that a list names, and writes what became of each: decode-images.mjs LIST RESULTS
import { readFileSync, writeFileSync } from 'node:fs';
import { readImage } from '../../../packages/datasets/dist/index.js';

const [list, results] = process.argv.slice(2);
const decode = (path) =>
  readImage(path).then(
    ({ width, height }) => ({ width, height }),
    ({ code, message }) => ({ code: code ?? message }),
  );
writeFileSync(results, JSON.stringify(await Promise.all(JSON.parse(readFileSync(list, 'utf8')).map(decode))));
