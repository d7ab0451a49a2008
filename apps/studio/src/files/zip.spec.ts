import { zipSync } from 'fflate';
import { unzipped, zipped } from './zip.ts';

/** A zip file whose directory says that its last file unpacks to so many bytes. */
function claiming(size: number): Blob {
  const bytes = zipSync({ 'model.safetensors': new Uint8Array(2000) }, { level: 9 });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The central directory's record: signature, then the size at 24.
  let at = 0;
  while (view.getUint32(at, true) !== 0x02014b50) at++;
  view.setUint32(at + 24, size, true);
  return new Blob([bytes as Uint8Array<ArrayBuffer>]);
}

it('unpacks what it packed', async () => {
  const blob = zipped('model', { 'config.json': '{}', weights: new Uint8Array([1, 2, 3]) });
  const files = await unzipped({ path: 'model.zip', blob });
  expect(files.map(({ path }) => path)).toEqual(['model/config.json', 'model/weights']);
  expect(new Uint8Array(await files[1].blob.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
});

it.each([
  ['a few kilobytes that unpack to a gigabyte', 2 ** 30],
  ['more than a page can hold', 2 ** 32 - 2],
])('refuses %s before memory is taken', async (_, size) => {
  const before = process.memoryUsage().arrayBuffers;
  await expect(unzipped({ path: 'bomb.zip', blob: claiming(size) })).rejects.toThrow('bomb.zip');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
});

it('a file that unpacks to more than it claims takes no more than that', async () => {
  const files = await unzipped({ path: 'liar.zip', blob: claiming(10) }).catch(() => []);
  for (const { blob } of files) expect(blob.size).toBeLessThanOrEqual(10);
});

it('refuses what is no zip file, by name', async () => {
  await expect(unzipped({ path: 'notes.zip', blob: new Blob(['no zip']) })).rejects.toThrow('notes.zip');
});
