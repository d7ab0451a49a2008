import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readJsonl, type JsonlOptions } from './read-jsonl.js';

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
  await folder.touch('1.jpg', '2.jpg', '3.jpg');
});
afterEach(() => folder.remove());

const lines = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).join('\r\n');

async function read(rows: readonly unknown[] | string, options: JsonlOptions = {}) {
  await folder.write({ 'own.jsonl': typeof rows === 'string' ? rows : lines(rows) });
  const notes: string[] = [];
  const splits = await readJsonl([folder.file('own.jsonl')], {
    onNote: (note) => notes.push(note),
    ...options,
  });
  return { splits, notes, file: splits[0].file, labels: labelsByPath(splits[0].file) };
}

it.each<[string, unknown, readonly string[]]>([
  ['a list', ['cat', 'dog'], ['cat', 'dog']],
  ['an empty list', [], []],
  ['a name', 'cat', ['cat']],
  ['a text of several', 'cat|dog', ['cat', 'dog']],
  ['a list of Python in a text', "['cat', 'dog']", ['cat', 'dog']],
  ['numbers', [3, 0], ['3', '0']],
  ['one number', 3, ['3']],
  ['objects', [{ label: 'cat' }, { name: 'dog' }], ['cat', 'dog']],
  [
    'objects with scores',
    [
      { label: 'cat', score: 0.9 },
      { label: 'dog', score: 0.1 },
    ],
    ['cat'],
  ],
  ['yes and no', { cat: 1, dog: false, cow: true }, ['cat', 'cow']],
  ['objects of COCO', { bbox: [[1, 2, 3, 4]], category: ['cat', 'cat'] }, ['cat', 'cat']],
])('reads labels as %s', async (_, value, expected) => {
  const rows = [
    { file_name: '1.jpg', labels: value },
    { file_name: '2.jpg', labels: 'more' },
  ];
  expect((await read(rows)).labels['1.jpg']).toEqual(expected);
});

it('reads lists of yes and no, one for each label, and names the labels', async () => {
  const rows = [
    { file_name: '1.jpg', labels: [1, 0, 1] },
    { file_name: '2.jpg', labels: [0, -1, 0] },
    { file_name: '3.jpg', labels: null },
  ];
  const { file, notes } = await read(rows);
  expect(file.classes).toEqual([0, 1, 2]);
  expect(file.images).toEqual([
    ['1.jpg', [0, 2]],
    ['2.jpg', [], { unknown: [1] }],
  ]);
  expect(notes[0]).toBe(
    'lists of 0 and 1 are read as multi-hot vectors of 3 labels, named 0 to 2 (name them with --classes)',
  );
  await folder.write({ 'three.txt': 'cat\ndog\nzebra\n', 'two.txt': 'cat\ndog\n' });
  const named = await read([{ file_name: '1.jpg', labels: '[1 0 1]' }], {
    classes: folder.file('three.txt'),
  });
  expect([named.file.classes, named.labels]).toEqual([
    ['cat', 'dog', 'zebra'],
    { '1.jpg': ['cat', 'zebra'] },
  ]);
  const error = await dataError(read(rows, { classes: folder.file('two.txt') }), 'data/label-file-format');
  expect(error.message).toContain('vectors of 3 labels');
});

it('takes NaN and null for nothing, as Python writes them', async () => {
  const { labels, splits } = await read(
    '{"file_name": "1.jpg", "labels": NaN}\n{"file_name": "2.jpg", "labels": ["a NaN \\" Infinity", null]}',
  );
  expect(labels).toEqual({ '2.jpg': ['a NaN " Infinity'] });
  expect([...splits[0].leftOut]).toEqual([['images whose labels are null', 1]]);
});

it('keeps labels as they are written in lists', async () => {
  expect((await read([{ image: '1.jpg', tags: [' a b', '"q"', '__proto__'] }])).labels).toEqual({
    '1.jpg': [' a b', '"q"', '__proto__'],
  });
});

it('reads unknown and absent labels, and rows in which what is not listed is unknown', async () => {
  const { file } = await read([
    { file_name: '1.jpg', labels: ['cat'], unknown: ['dog'], absent: ['zebra'] },
    { file_name: '2.jpg', labels: ['dog'], unlisted: 'unknown', absent: ['cat'] },
    { file_name: '3.jpg', labels: { cat: null, dog: 0 } },
  ]);
  expect(file.classes).toEqual(['cat', 'dog', 'zebra']);
  expect(file.images).toEqual([
    ['1.jpg', ['cat'], { unknown: ['dog'], absent: ['zebra'] }],
    ['2.jpg', ['dog'], { unknown: ['zebra'], absent: ['cat'] }],
    ['3.jpg', [], { unknown: ['cat'], absent: ['dog'] }],
  ]);
});

it('leaves out images whose labels are null, and reads one list of objects', async () => {
  const { splits, labels } = await read(
    JSON.stringify([{ path: '1.jpg', labels: null }, { path: '2.jpg' }, { path: '3.jpg', labels: ['a'] }]),
  );
  expect(labels).toEqual({ '3.jpg': ['a'] });
  expect([...splits[0].leftOut]).toEqual([['images whose labels are null', 2]]);
});

it('reads a field for each label, and one label a line', async () => {
  const flags = await read([
    { file_name: '1.jpg', cat: 1, dog: 0, width: 640, caption: 'a cat' },
    { file_name: '2.jpg', cat: false, dog: -1, width: 480, caption: 'a dog' },
  ]);
  expect(flags.file.images).toEqual([
    ['1.jpg', ['cat']],
    ['2.jpg', [], { unknown: ['dog'] }],
  ]);
  const long = await read([
    { file: '1.jpg', label: 'cat' },
    { file: '1.jpg', label: 'dog' },
  ]);
  expect(long.labels).toEqual({ '1.jpg': ['cat', 'dog'] });
});

it('finds fields that are named, with dots into objects, and says what it found', async () => {
  const rows = [{ meta: { where: '1.jpg', 'a.b': 'x' }, result: { names: ['cat'] }, labels: ['wrong'] }];
  const { labels, notes } = await read(rows, { fileField: 'meta.where', labelsField: 'result.names' });
  expect(labels).toEqual({ '1.jpg': ['cat'] });
  expect(notes).toEqual(['own.jsonl: images in the field "meta.where", labels in "result.names"']);
});

it('names labels given by number, and knows those that no image has', async () => {
  const rows = [{ file_name: '1.jpg', label: [1] }];
  await folder.write({ 'names.txt': 'cat\ndog\n', 'names.json': { classes: ['cat', 'dog'], images: [] } });
  for (const names of ['names.txt', 'names.json']) {
    const { file } = await read(rows, { classes: folder.file(names) });
    expect([file.classes, labelsByPath(file)]).toEqual([['cat', 'dog'], { '1.jpg': ['dog'] }]);
  }
});

it('reads what Vertex AI, Azure and SageMaker write', async () => {
  const vertex = await read([
    {
      imageGcsUri: 'gs://bucket/a/1.jpg',
      classificationAnnotations: [{ displayName: 'cat' }, { displayName: 'dog' }],
      dataItemResourceLabels: { 'aiplatform.googleapis.com/ml_use': 'training' },
    },
  ]);
  expect([vertex.splits[0].name, vertex.labels]).toEqual(['train', { '1.jpg': ['cat', 'dog'] }]);
  const azure = await read([
    {
      image_url: 'azureml://subscriptions/x/paths/photos/1.jpg',
      image_details: { format: 'jpg' },
      label: ['cat'],
    },
  ]);
  expect(azure.labels).toEqual({ '1.jpg': ['cat'] });
  const sageMaker = await read([
    {
      'source-ref': 's3://b/1.jpg',
      animals: [1, 0],
      'animals-metadata': { 'class-map': { 0: 'cat', 1: 'dog' } },
    },
  ]);
  expect(sageMaker.labels).toEqual({ '1.jpg': ['dog', 'cat'] });
});

describe('splits', () => {
  it('are those of a field', async () => {
    const rows = ['train', 'validation', 'test'].map((split, i) => ({
      image: `${i + 1}.jpg`,
      tags: ['a'],
      split,
    }));
    expect((await read(rows)).splits.map(({ name }) => name)).toEqual(['train', 'val', 'test']);
  });

  it('are left out where nobody annotated any image of them', async () => {
    const { splits, notes } = await read([
      { image: '1.jpg', tags: ['a'], split: 'train' },
      { image: '2.jpg', tags: null, split: 'test' },
    ]);
    expect(splits.map(({ name }) => name)).toEqual(['train']);
    expect(notes).toContain('test was left out: the labels of all its images are null');
    await dataError(read([{ image: '1.jpg', tags: null }]), 'data/empty-set');
  });

  it('are the folders of metadata.jsonl, or of the images', async () => {
    await folder.touch('train/a.jpg', 'validation/b.jpg');
    await folder.write({
      'train/metadata.jsonl': lines([{ file_name: 'a.jpg', labels: ['cat'] }]),
      'validation/metadata.jsonl': lines([{ file_name: 'validation/b.jpg', labels: ['dog'] }]),
      'metadata.jsonl': lines([
        { file_name: 'train/a.jpg', labels: ['cat'] },
        { file_name: 'validation/b.jpg', labels: ['dog'] },
      ]),
    });
    const expected = [
      ['train', { 'train/a.jpg': ['cat'] }],
      ['val', { 'validation/b.jpg': ['dog'] }],
    ];
    const files = [folder.file('train/metadata.jsonl'), folder.file('validation/metadata.jsonl')];
    for (const splits of [
      await readJsonl(files, { from: folder.path }),
      await readJsonl([folder.file('metadata.jsonl')]),
    ]) {
      expect(splits.map(({ name, file }) => [name, labelsByPath(file)])).toEqual(expected);
      for (const { file } of splits) expect(file.classes).toEqual(['cat', 'dog']);
    }
  });
});

it.each<[string, readonly unknown[] | string, string, string]>([
  ['a line that is no JSON', '{"file_name": "1.jpg", "labels": []}\n{"file', 'data/not-json', 'line 2'],
  [
    'a line that is no object',
    '{"file_name": "1.jpg", "labels": []}\n\n[1]',
    'data/label-file-format',
    'line 3',
  ],
  [
    'labels that are none',
    [{ file: '1.jpg', labels: [{}] }],
    'data/label-file-format',
    'line 1: field "labels" [0]',
  ],
  ['a number that is no label', [{ file: '1.jpg', labels: 1.5 }], 'data/label-file-format', 'line 1'],
  ['neither yes nor no', [{ file: '1.jpg', labels: { cat: 'perhaps' } }], 'data/label-file-format', '"cat"'],
  ['no image', [{ file: '1.jpg', labels: ['a'] }, { labels: ['a'] }], 'data/label-file-format', 'line 2'],
  ['no field of images', [{ x: 1 }], 'data/label-file-format', 'no field of image paths'],
  [
    'no field of labels',
    [{ file: '1.jpg', caption: 'a cat' }],
    'data/label-file-format',
    'no field of labels',
  ],
  [
    'an image twice',
    [
      { file: '1.jpg', labels: ['a', 'b'] },
      { file: './1.jpg', labels: ['a'] },
    ],
    'data/duplicate-image',
    'line 1 and line 2',
  ],
  ['a path out of the folder', [{ file: '../1.jpg', labels: ['a'] }], 'data/path-escape', 'line 1'],
  ['an absolute path', [{ file: '/etc/1.jpg', labels: ['a'] }], 'data/path-escape', 'line 1'],
  [
    'a name of no split',
    [{ file: '1.jpg', labels: ['a'], split: '../x' }],
    'data/label-file-format',
    'line 1',
  ],
  ['an image that is missing', [{ file: '9.jpg', labels: ['a'] }], 'data/image-missing', '9.jpg'],
  ['an empty file', '\n', 'data/empty-set', 'own.jsonl'],
])('refuses %s', async (_, rows, code, place) => {
  expect((await dataError(read(rows), code)).message).toContain(place);
});
