import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabelVocabulary } from '@polytag/core';
import { readLabelGraph } from './label-graph.js';

const labels = new LabelVocabulary(['cat', 'dog']);

/** A version 1 npy file of a float32 matrix. */
function npy(rows: number, columns: number, values: readonly number[]): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }\n`;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  return Buffer.concat([start, Buffer.from(header), Buffer.from(Float32Array.from(values).buffer)]);
}

describe('readLabelGraph', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('counts, and makes one-hot rows', async () => {
    const counted = { rows: 2, columns: 2, values: Float32Array.of(0, 0.5, 1, 0) };
    const graph = await readLabelGraph(
      { wordVectors: 'one-hot', cooccurrence: 'train' },
      { labels, countCooccurrence: async () => counted },
    );
    expect(graph.cooccurrence).toEqual(counted);
    expect(graph.wordVectors).toEqual({ rows: 2, columns: 2, values: Float32Array.of(1, 0, 0, 1) });
  });

  it('reads matrices relative to the config file', async () => {
    await writeFile(join(folder, 'words.npy'), npy(2, 3, [1, 2, 3, 4, 5, 6]));
    await writeFile(join(folder, 'together.npy'), npy(2, 2, [0, 0.25, 0.75, 0]));
    const config = { wordVectors: { npy: 'words.npy' }, cooccurrence: { npy: 'together.npy' } };
    expect(await readLabelGraph(config, { labels, baseFolder: folder })).toEqual({
      wordVectors: { rows: 2, columns: 3, values: Float32Array.of(1, 2, 3, 4, 5, 6) },
      cooccurrence: { rows: 2, columns: 2, values: Float32Array.of(0, 0.25, 0.75, 0) },
    });
  });

  it('refuses matrices of other labels, missing files and missing images', async () => {
    await writeFile(join(folder, 'words.npy'), npy(3, 2, [1, 2, 3, 4, 5, 6]));
    await writeFile(join(folder, 'wide.npy'), npy(2, 3, [1, 2, 3, 4, 5, 6]));
    const read = (words: string, together: string) =>
      readLabelGraph(
        { wordVectors: { npy: words }, cooccurrence: { npy: together } },
        { labels, baseFolder: folder },
      );
    await expect(read('words.npy', 'wide.npy')).rejects.toMatchObject({
      code: 'data/label-graph',
      exitCode: 3,
    });
    await expect(read('wide.npy', 'wide.npy')).rejects.toThrow(/cooccurrence.*2 x 3; 2 x 2 are needed/);
    await expect(read('none.npy', 'wide.npy')).rejects.toMatchObject({ code: 'data/label-graph' });
    await expect(
      readLabelGraph({ wordVectors: 'one-hot', cooccurrence: 'train' }, { labels }),
    ).rejects.toMatchObject({ code: 'usage/label-graph' });
  });
});
