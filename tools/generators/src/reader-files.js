// The sources of a new format of data sets, by their paths in packages/datasets/src/formats/NAME.

export const readerFiles = ({ name, camel, pascal }) => ({
  [`read-${name}.ts`]: `import { join } from 'node:path';
import { DataError } from '@polytag/core';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { linesOf, readText } from '../read-text.js';
import { SplitBuilder } from '../split-builder.js';

export interface ${pascal}Options extends Omit<SplitReaderOptions, 'onProgress'> {
  /** Folder of the images. Default: that of the data set. */
  readonly images?: string;
}

const HINT =
  'Expected train.txt and test.txt. Each line has an image, a tab, and its labels separated by commas, or an image alone.';

/**
 * Reads ${name}: \`train.txt\` and \`test.txt\`, one line per image, with a tab and its labels. Replace it with your own.
 *
 * @returns the splits \`train\` and \`test\`
 * @throws DataError \`data/file-missing\`, \`data/label-file-format\`, and those of \`SplitBuilder\` and \`checkSplits\`
 */
export async function read${pascal}(
  folder: string,
  { images: root = folder, skipMissing, encoding, onNote }: ${pascal}Options = {},
): Promise<readonly LabelledSplit[]> {
  const builders: SplitBuilder[] = [];
  const classes = new Set<string>();
  for (const name of ['train', 'test']) {
    const source = join(folder, \`\${name}.txt\`);
    const builder = new SplitBuilder(name, source, root);
    for (const { text, number } of linesOf(await readText(source, 'list of images', { hint: HINT, encoding }))) {
      const [image, list = '', ...rest] = text.split('\\t');
      if (rest.length > 0) {
        throw new DataError('data/label-file-format', \`\${source}, line \${number}: expected an image and its labels.\`, {
          hint: HINT,
        });
      }
      const labels = list.split(',').filter((label) => label !== '');
      for (const label of labels) classes.add(label);
      builder.add(image, labels, \`line \${number}\`);
    }
    builders.push(builder);
  }
  const all = [...classes].sort();
  const splits: LabelledSplit[] = [];
  for (const builder of builders) splits.push(await builder.finish({ classes: all, folders: [''], skipMissing, onNote }));
  return checkSplits(splits);
}
`,
  'reader.ts': `import { LABEL_FILES, type DatasetReader } from '../dataset-reader.js';

/** \`${name}\`: lists of images with their labels. */
export const ${camel}Reader: DatasetReader = {
  name: '${name}',
  description: 'lists of images with their labels (${name})',
  folder: \`
  train.txt                              -> train.json
  test.txt                               -> val.json
  *.jpg                                  the images
\`,
  options: [],
  labelFiles: () => LABEL_FILES,
  // How to detect a folder of this format: by a file name that no other format has.
  recognise: () => undefined,
  samples: async () => (await import('./samples.js')).${camel}Samples,
  async read(input) {
    const { read${pascal} } = await import('./read-${name}.js');
    return read${pascal}(input.from, input);
  },
};
`,
  'samples.ts': `import { sampleImages, type DatasetSample, type SampleContent } from '../dataset-sample.js';

const linesOf = (content: SampleContent, split: string) =>
  sampleImages(content)
    .filter((image) => image.split === split)
    .map(({ file, labels }) => \`\${file}\\t\${labels.join(',')}\\n\`)
    .join('');

export const ${camel}Samples: readonly DatasetSample[] = [
  {
    repeats: false,
    write: (content) => ({
      files: { 'train.txt': linesOf(content, 'train'), 'test.txt': linesOf(content, 'test') },
      options: {},
    }),
  },
];
`,
  [`read-${name}.spec.ts`]: `import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { read${pascal} } from './read-${name}.js';

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
  await folder.write({ 'train.txt': '1.jpg\\tcat,dog\\r\\n2.jpg\\t\\n', 'test.txt': '3.jpg\\tdog\\n' });
  await folder.touch('1.jpg', '2.jpg', '3.jpg');
});
afterEach(() => folder.remove());

it('gives the labels of each image, and the same classes in both splits', async () => {
  const [train, test] = await read${pascal}(folder.path);
  expect([train.name, test.name]).toEqual(['train', 'test']);
  expect(train.file.classes).toEqual(['cat', 'dog']);
  expect(test.file.classes).toEqual(['cat', 'dog']);
  expect(labelsByPath(train.file)).toEqual({ '1.jpg': ['cat', 'dog'], '2.jpg': [] });
  expect(labelsByPath(test.file)).toEqual({ '3.jpg': ['dog'] });
});

it.each([
  ['a line with two tabs', '1.jpg\\tcat\\tdog\\n', 'data/label-file-format', 'line 1'],
  ['an image that is not there', '9.jpg\\tcat\\n', 'data/image-missing', '9.jpg'],
  ['an image out of the folder', '../1.jpg\\tcat\\n', 'data/path-escape', '../1.jpg'],
  ['an image in both lists', '3.jpg\\tcat\\n', 'data/image-in-two-splits', '3.jpg'],
])('refuses %s', async (_, text, code, place) => {
  await folder.write({ 'train.txt': text });
  expect((await dataError(read${pascal}(folder.path), code)).message).toContain(place);
});
`,
});
