import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishedWeights } from '@polytag/backbones/presets';
import { HALF } from '@polytag/core';
import { knownAddress, knownWeights } from './known-files.js';

const BYTES = 'weights of a network';
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const [row] = publishedWeights;
const other = { origin: 'a file of a book', padding: 'same', epsilon: 1e-3, normalisation: HALF } as const;

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-known-'));
  path = join(folder, 'renamed.bin');
  await writeFile(path, BYTES);
});
afterAll(() => rm(folder, { recursive: true }));

it.each([8, 64])(
  'knows published weights by %i digits of their checksum, whatever the file is called',
  async (digits) => {
    const rows = [
      { ...row, sha256: undefined },
      { ...row, name: 'this', sha256: SHA256.slice(0, digits) },
    ];
    const { layout, padding, epsilon, normalisation, backbone } = row;
    expect(await knownWeights(path, rows)).toEqual({
      origin: `this of ${backbone}`,
      layout,
      padding,
      epsilon,
      normalisation,
    });
  },
);

it('knows files that nobody publishes by their whole checksum', async () => {
  expect(await knownWeights(path, [], new Map([[SHA256, other]]))).toBe(other);
});

it('knows no other file', async () => {
  expect(await knownWeights(path)).toBeUndefined();
});

it('knows published weights by their address', () => {
  const { name, backbone, address, padding } = row;
  expect(knownAddress(address)).toMatchObject({ origin: `${name} of ${backbone}`, padding });
  expect(knownAddress(`${address}x`)).toBeUndefined();
});
