import { basename } from 'node:path';
import fc from 'fast-check';
import { DataFolder, labelsByPath } from './folder.fixture.js';
import { everySample, readSample, writeSample } from './sample-folder.fixture.js';
import { VOC_CLASSES } from './voc/read-voc.js';

type Labels = readonly (readonly number[])[];

const sorted = (images: Labels) => images.map((one) => [...one].sort((a, b) => a - b));

it.each(everySample)('%s keeps every label', async (_, reader, sample) => {
  const classes = sample.classes ?? VOC_CLASSES;
  const label = fc.nat({ max: classes.length - 1 });
  const labels = sample.repeats
    ? fc.array(label, { minLength: 1, maxLength: 5 })
    : fc.uniqueArray(label, { minLength: 1, maxLength: 5 });
  const split = fc.array(labels, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.record({ train: split, test: split }), async ({ train, test }) => {
      const folder = await DataFolder.make();
      const content = { classes, train, test };
      await writeSample(folder, sample, content);
      const splits = await readSample(folder, reader, sample, content);
      const got = ['train', 'test'].map((name, i) => {
        const byName = new Map(
          Object.entries(labelsByPath(splits[i].file)).map(([path, of]) => [basename(path), of]),
        );
        return [...byName].map((_, j) =>
          byName.get(`${name}${j}.jpg`)!.map((one) => classes.indexOf(String(one))),
        );
      });
      expect(got.map(sorted)).toEqual([sorted(train), sorted(test)]);
      await folder.remove();
    }),
    { numRuns: 15 },
  );
});
