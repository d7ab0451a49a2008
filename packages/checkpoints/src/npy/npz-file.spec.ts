import { CheckpointError } from '@polytag/core';
import { bytesInMemory } from '../bytes/byte-source.js';
import { checkpointIn } from '../open/open-checkpoint.js';
import { concat, floats, little, zip } from '../pytorch/torch-file.fixture.js';

const npy = (header: string, data: Uint8Array): Uint8Array =>
  concat(
    [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0],
    little(header.length, 2),
    new TextEncoder().encode(header),
    data,
  );

const array = npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }\n", floats(1, 2, 3, 4));
const open = (bytes: Uint8Array) => checkpointIn(bytesInMemory(bytes, 'a.npz'));

describe('NpzFile', () => {
  it.each([false, true])('reads arrays by key, compressed: %p', async (deflated) => {
    const file = await open(zip({ 'conv.weight.npy': array, 'b.npy': array }, deflated));
    expect(file.format).toBe('npz');
    expect([...file.entries.keys()]).toEqual(['conv.weight', 'b']);
    expect(file.entries.get('b')).toMatchObject({ dtype: 'F32', shape: [2, 2] });
    expect((await file.read('b')).data).toEqual(Float32Array.of(1, 3, 2, 4));
    await file.close();
  });

  it('refuses content that is not as it was written', async () => {
    const bytes = zip({ 'b.npy': array });
    bytes[bytes.indexOf(0x93) + array.length - 1] ^= 1;
    const file = await open(bytes);
    await expect(file.read('b')).rejects.toMatchObject({ code: 'checkpoint/zip' });
  });

  it('refuses a member that claims more than its bytes can expand to, before it allocates', async () => {
    const bytes = zip({ 'b.npy': array }, true);
    const directory = Buffer.from(bytes).indexOf('PK\x01\x02', 0, 'latin1');
    bytes.set(little(0x7fffffff, 4), directory + 24);
    await expect(open(bytes)).rejects.toMatchObject({ code: 'checkpoint/zip' });
  });

  it('refuses what is not a description of an array', async () => {
    await expect(open(zip({ 'b.npy': floats(1) }))).rejects.toThrow(CheckpointError);
    await expect(open(zip({ 'b.npy': array, 'c.txt': array }))).rejects.toMatchObject({
      code: 'checkpoint/format',
    });
  });
});
