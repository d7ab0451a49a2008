import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '@polytag/core';
import { imageName, labelName } from './measure-judging.js';

/** Rows that are written at a time. */
const ROWS = 5000;

/** Files of made scores: a matrix as `.npy` and as CSV, and what is true. */
export interface MadeScores {
  readonly npy: string;
  readonly csv: string;
  readonly targets: string;
}

/** Writes scores of a model that is right more often than not; a label is on 1 to 9 per cent of the images. */
export async function writeMadeScores(folder: string, images: number, classes: number): Promise<MadeScores> {
  const [npy, csv, targets] = ['scores.npy', 'scores.csv', 'targets.npy'].map((name) => join(folder, name));
  const files = await Promise.all([npy, csv, targets].map((path) => open(path, 'w')));
  try {
    await files[0].write(header('<f4', images, classes));
    await files[2].write(header('|i1', images, classes));
    const names = Array.from({ length: classes }, (_, k) => labelName(k));
    await files[1].write(`image,${names.join()}\n`);
    for (let row = 0; row < images; row += ROWS) {
      const rows = Math.min(ROWS, images - row);
      const random = new RandomStream(1, `rows/${row}`);
      const truth = new Int8Array(rows * classes);
      const scores = Float32Array.from(truth, (_, i) => {
        truth[i] = Number(random.uniform() < 0.01 + (0.08 * (i % classes)) / classes);
        return 1 / (1 + Math.exp(3 - 3 * truth[i] - 6 * (random.uniform() + random.uniform() - 1)));
      });
      const lines = Array.from({ length: rows }, (_, i) => {
        const cells = scores.subarray(i * classes, (i + 1) * classes);
        return `${imageName(row + i)},${Array.from(cells, (score) => score.toFixed(6)).join()}\n`;
      });
      await files[0].write(new Uint8Array(scores.buffer));
      await files[1].write(lines.join(''));
      await files[2].write(new Uint8Array(truth.buffer));
    }
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
  return { npy, csv, targets };
}

function header(descr: string, rows: number, columns: number): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const padded = `${text.padEnd(117)}\n`;
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length, 0]),
    Buffer.from(padded),
  ]);
}
