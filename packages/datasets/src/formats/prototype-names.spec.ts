import { basename } from 'node:path';
import { sampleImages, type DatasetSample, type SampleContent } from './dataset-sample.js';
import { DataFolder } from './folder.fixture.js';
import { datasetReaders } from './readers.js';
import { everySample, readSample } from './sample-folder.fixture.js';
import { mark } from './csv/mark.js';
import { labelFileWriters } from './writers.js';

/** What every object has without being told: a look-up by such a name finds something in an empty table. */
const NAMES = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'prototype', 'length'];

const CONTENT: SampleContent = {
  classes: NAMES,
  train: [[0, 1, 2], [3], [4, 5, 6], [0, 6]],
  test: [[1], [0, 3], [2, 5, 6]],
};
/** The images get such names as well: `train0` and `test2` become the first and the last. */
const IMAGES = new Map(sampleImages(CONTENT).map(({ id }, i) => [id, NAMES[i]]));

const renamed = (text: string) => text.replace(/(?:train|test)\d/g, (id) => IMAGES.get(id) ?? id);
const renamedFiles = (files: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      renamed(path),
      renamed(typeof content === 'string' ? content : JSON.stringify(content)),
    ]),
  );

/** PASCAL VOC has classes of its own, and an option for those of others. */
const ownOptions = (name: string) => (name === 'voc' ? { ownLabels: true } : {});
/** VG-500 numbers its labels: only images have names. */
const contentOf = (name: string, { classes }: DatasetSample): SampleContent =>
  name === 'vg500' ? { ...CONTENT, classes: classes! } : CONTENT;

it.each(everySample)('%s: labels and images may be called so', async (_, reader, sample) => {
  const content = contentOf(reader.name, sample);
  const folder = await DataFolder.make();
  const { files, options } = sample.write(content);
  const images = sampleImages(content);
  await folder.touch(...images.map(({ file }) => renamed(file)));
  await folder.write(renamedFiles(files));
  const own: DatasetSample = {
    ...sample,
    write: () => ({ files, options: { ...options, ...ownOptions(reader.name) } }),
  };
  const splits = await readSample(folder, reader, own, content);
  const got = splits.flatMap(({ file }) =>
    file.images.map(([path, labels]) => [basename(path), labels.map(String).sort()]),
  );
  expect(got.sort()).toEqual(images.map(({ file, labels }) => [renamed(file), [...labels].sort()]).sort());
  if (reader.name !== 'vg500') expect([...splits[0].file.classes].sort()).toEqual([...NAMES].sort());
  await folder.remove();
});

it.each(labelFileWriters.map((writer) => [writer.name, writer] as const))(
  '%s: they are written and read back',
  async (name, writer) => {
    const reader = datasetReaders.find((one) => one.name === name)!;
    const folder = await DataFolder.make();
    const images = NAMES.map(
      (one, i) => [`${one}.jpg`, [one, NAMES[(i + 1) % NAMES.length]].sort()] as const,
    );
    const { text, beside } = writer.write({
      classes: NAMES,
      images: images.map(([path, labels], i) => [path, labels, { unknown: [NAMES[(i + 3) % NAMES.length]] }]),
    });
    await folder.touch(...images.map(([path]) => path));
    await folder.write({ 'own.json': text, ...(beside && { [`own${beside.ending}`]: beside.text }) });
    const [{ file }] = await reader.read({
      from: folder.path,
      ...{ file: ['own.json'], train: 'own.json', val: false, control: [] },
    });
    expect(file.images.map(([path, labels, more]) => [path, [...labels].sort(), more?.unknown])).toEqual(
      images.map(([path, labels], i) => [path, labels, [NAMES[(i + 3) % NAMES.length]]]),
    );
    await folder.remove();
  },
);

const named = <Value>(value: Value) => NAMES.map((name) => `"${name}": ${JSON.stringify(value)}`).join();

/** Beside what is read, in each format: columns, fields and keys that mean nothing. */
it.each<[string, string, string]>([
  ['csv', 'own.csv', `file,labels,${NAMES.join()}\n1.jpg,a|b,${NAMES.join()}\n`],
  ['jsonl', 'own.jsonl', `{"file_name": "1.jpg", "labels": ["a", "b"], ${named('x')}}\n`],
  [
    'label-studio',
    'own.json',
    `[{"id": 1, ${named('x')}, "data": {${named('x')}, "image": "1.jpg"}, "annotations": [{${named('x')}, "result":
      [{"type": "toString", "value": {"choices": ["a", "b"]}}]}]}]`,
  ],
  [
    'datumaro',
    'own.json',
    `{"categories": {${named(1)}, "label": {"labels": [{"name": "a"}, {"name": "b"}]}}, "items": [{"id": "1", ${named(1)},
      "attr": {${named(1)}}, "image": {"path": "1.jpg"}, "annotations": [{"type": "label", "label_id": 0, ${named(1)}},
      {"type": "label", "label_id": 1}]}]}`,
  ],
  [
    'coco',
    'own.json',
    `{${named([1])}, "images": [{"id": "constructor", "file_name": "1.jpg", ${named(1)}}],
      "categories": [{"id": "toString", "name": "a"}, {"id": "__proto__", "name": "b", ${named(1)}}], "annotations":
      [{"image_id": "constructor", "category_id": "toString"}, {"image_id": "constructor", "category_id": "__proto__"}]}`,
  ],
  ['json', 'own.json', `{"classes": ["a", "b"], "images": [["1.jpg", ["a", "b"]]]}`],
])('%s: what is not read, and ids, may be called so', async (name, file, text) => {
  const reader = datasetReaders.find((one) => one.name === name)!;
  const folder = await DataFolder.make();
  await folder.touch('1.jpg');
  await folder.write({ [file]: text });
  const [split] = await reader.read({
    from: folder.path,
    ...{ file: [file], train: file, val: false, control: [], layout: 'list' },
  });
  expect(split.file.images).toEqual([['1.jpg', ['a', 'b']]]);
  await folder.remove();
});

it('a separator may be called so, and means its letters', () => {
  expect(NAMES.map(mark)).toEqual(NAMES);
});
