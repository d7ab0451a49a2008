import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import fc from 'fast-check';
import { DataError } from '@polytag/core';
import { sampleImages } from './dataset-sample.js';
import { DataFolder } from './folder.fixture.js';
import { everySample, readSample, writeSample } from './sample-folder.fixture.js';

/** Takes some bytes out and puts others in. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  gone: fc.nat({ max: 8 }),
  put: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc
      .constantFrom('"', '\n', '../', '[', '}', ',', '<', '&x;', '0', '\uFEFF')
      .map((text) => Buffer.from(text)),
  ),
});

it.each(everySample)('%s: a damaged file is read or refused, never a defect', async (_, reader, sample) => {
  const folder = await DataFolder.make();
  const classes = sample.classes ?? ['caf\u00e9 \u{1F600}', 'b"b', '__proto__'];
  const content = { classes, train: [[0, 1], [2]], test: [[1]] };
  const images = sampleImages(content).map(({ file }) => file);
  await writeSample(folder, sample, content);
  const read = () => readSample(folder, reader, sample, content);
  expect((await read()).length).toBeGreaterThan(0);
  const names = Object.keys(sample.write(content).files);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), damage, async (name, { at, gone, put }) => {
      const whole = await readFile(folder.file(name));
      const start = Math.floor(at * whole.length);
      const damaged = Buffer.concat([whole.subarray(0, start), put, whole.subarray(start + gone)]);
      await writeFile(folder.file(name), damaged);
      try {
        for (const { file } of await read())
          for (const [path] of file.images) expect(images).toContain(basename(path));
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      } finally {
        await writeFile(folder.file(name), whole);
      }
    }),
    { numRuns: 60 },
  );
  await folder.remove();
});
