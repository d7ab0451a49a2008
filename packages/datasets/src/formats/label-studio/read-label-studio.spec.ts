import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readLabelStudio, type LabelStudioOptions } from './read-label-studio.js';

let folder: DataFolder;
beforeEach(async () => void (folder = await DataFolder.make()));
afterEach(() => folder.remove());

const choices = (control: string, ...labels: string[]) => ({
  id: 'a1',
  from_name: control,
  to_name: 'image',
  type: 'choices',
  origin: 'manual',
  value: { choices: labels },
});
const annotation = (labels: readonly string[], more: object = {}) => ({
  id: 1,
  completed_by: 1,
  result: labels.length > 0 ? [choices('choice', ...labels)] : [],
  was_cancelled: false,
  ground_truth: false,
  updated_at: '2026-01-02T00:00:00Z',
  ...more,
});
const task = (image: string, ...annotations: object[]) => ({
  id: 7,
  annotations,
  file_upload: 'x',
  drafts: [{ result: [choices('choice', 'draft')] }],
  predictions: [{ result: [choices('choice', 'predicted')], score: 0.9 }],
  data: { image },
  meta: {},
});

async function read(tasks: unknown, options: LabelStudioOptions = {}) {
  await folder.write({ 'export.json': tasks });
  const notes: string[] = [];
  const [split] = await readLabelStudio([folder.file('export.json')], {
    onNote: (note) => notes.push(note),
    ...options,
  });
  return { split, notes, labels: labelsByPath(split.file) };
}

it('finds hidden files and files in hidden folders that are named, before files of the same name elsewhere', async () => {
  await folder.touch('a/.b.jpg', '.thumbs/c.jpg', 'c.jpg');
  const { labels } = await read(
    ['a/.b.jpg', '.thumbs/c.jpg', 'c.jpg'].map((path) =>
      task(`/data/local-files/?d=${encodeURIComponent(path)}`, annotation(['cat'])),
    ),
  );
  expect(Object.keys(labels)).toEqual(['a/.b.jpg', '.thumbs/c.jpg', 'c.jpg']);
});

it('reads choices of one and many, and leaves out predictions, drafts, skipped and open tasks', async () => {
  await folder.touch('1.jpg', '2.jpg', '3.jpg', '4.jpg');
  const { split, labels } = await read([
    task('/data/upload/1/0123abcd-1.jpg', annotation(['cat'])),
    task('/data/upload/1/0123abce-2.jpg', annotation(['dog', 'cat'])),
    task('/data/upload/1/0123abcf-3.jpg', annotation([])),
    task('/data/upload/1/0123abd0-4.jpg', annotation(['cat'], { was_cancelled: true })),
    task('/data/upload/1/0123abd1-5.jpg'),
  ]);
  expect(split.name).toBe('export');
  expect(split.file.classes).toEqual(['cat', 'dog']);
  expect(labels).toEqual({ '1.jpg': ['cat'], '2.jpg': ['dog', 'cat'], '3.jpg': [] });
  expect([...split.leftOut]).toEqual([
    ['tasks that were skipped', 1],
    ['tasks without an annotation', 1],
  ]);
});

it('reads yes and no as databases write them', async () => {
  await folder.touch('1.jpg', '2.jpg');
  const { split, labels } = await read([
    task('1.jpg', annotation(['cat'], { was_cancelled: 0, ground_truth: 'True' }), annotation(['dog'])),
    task('2.jpg', annotation(['dog'], { was_cancelled: 'true' })),
  ]);
  expect(labels).toEqual({ '1.jpg': ['cat'] });
  expect([...split.leftOut]).toEqual([['tasks that were skipped', 1]]);
  const error = await dataError(
    read([task('1.jpg', annotation([], { skipped: 2 }))]),
    'data/label-file-format',
  );
  expect(error.message).toContain('[0].annotations[0].skipped');
});

it('reads completions of old exports, one task alone, taxonomies and the labels of regions', async () => {
  await folder.touch('1.jpg');
  const region = (label: string) => ({
    type: 'rectanglelabels',
    from_name: 'box',
    value: { x: 1, rectanglelabels: [label] },
  });
  const taxonomy = { type: 'taxonomy', from_name: 'kind', value: { taxonomy: [['animal', 'dog']] } };
  const text = { type: 'textarea', from_name: 'note', value: { text: ['hello'] } };
  const result = [region('cat'), region('cat'), taxonomy, text];
  const { labels, notes } = await read({ data: { photo: 's3://bucket/1.jpg' }, completions: [{ result }] });
  expect(labels).toEqual({ '1.jpg': ['cat', 'cat', 'animal', 'dog'] });
  expect(notes.join()).toContain('ignored results of type "textarea"');
});

it.each([
  ['/data/upload/3/0123abcd-my_photo_1.jpg', 'deep/my photo (1).jpg'],
  ['/data/upload/3/0123abcd-caf%C3%A9.jpg', 'deep/café.jpg'],
  ['/data/local-files/?d=photos/2020/dog%20a.jpg', '2020/dog a.jpg'],
  ['https://example.com/label/photos/b.png?token=1.jpg#x', 'photos/b.png'],
  ['s3://bucket/key/c.webp', 'c.webp'],
  ['s3://bucket/photos/who?1.jpg', 'photos/who?1.jpg'],
  ['s3://bucket/photos/f.jpg?versionId=2', 'photos/f.jpg'],
  // Django drops the marks of a name that macOS decomposed.
  ['/data/upload/3/0123abcd-cafe_2.jpg', 'deep/cafe\u0301 2.jpg'],
  [`/tasks/5/resolve/?fileuri=${Buffer.from('gs://b/deep/d.jpg').toString('base64')}`, 'deep/d.jpg'],
  ['photos/e.jpg', 'photos/e.jpg'],
])('finds %s', async (address, path) => {
  await folder.touch(`images/${path}`, 'images/other/0.jpg');
  const { labels } = await read([task(address, annotation(['cat']))], { images: folder.file('images') });
  expect(labels).toEqual({ [path]: ['cat'] });
});

it('says which images are missing or ambiguous, and refuses paths out of the folder', async () => {
  await folder.touch('a/1.jpg', 'b/1.jpg', '2.jpg');
  const one = (image: string) => task(image, annotation(['cat']));
  const missing = await dataError(read([one('http://h/9.jpg'), one('http://h/2.jpg')]), 'data/image-missing');
  expect(missing.message).toContain('"9.jpg"');
  const skipped = await read([one('http://h/9.jpg'), one('http://h/2.jpg')], { skipMissing: true });
  expect(skipped.labels).toEqual({ '2.jpg': ['cat'] });
  const ambiguous = await dataError(read([one('s3://x/c/1.jpg')]), 'data/image-ambiguous');
  expect(ambiguous.message).toContain('[0]');
  await dataError(read([one('../../etc/passwd')]), 'data/path-escape');
  await dataError(read([one('/etc/hosts')]), 'data/path-escape');
  await dataError(read([one('data:image/png;base64,AAAA')]), 'data/label-file-format');
});

describe('several annotators', () => {
  const votes = [['cat', 'dog'], ['cat'], ['cat', 'cow']];
  const tasks = (...lists: string[][]) => [
    task('1.jpg', ...lists.map((labels, i) => annotation(labels, { completed_by: { id: i } }))),
  ];
  beforeEach(() => folder.touch('1.jpg'));

  it.each([
    [undefined, votes, ['cat'], []],
    [undefined, votes.slice(0, 2), ['cat'], ['dog']],
    ['any', votes, ['cat', 'dog', 'cow'], []],
    ['all', votes, ['cat'], []],
    ['unknown', votes, ['cat'], ['dog', 'cow']],
  ] as const)('%s of %j', async (annotators, lists, labels, unknown) => {
    const { split, notes } = await read(tasks(...lists.map((list) => [...list])), { annotators });
    expect(split.file.images).toEqual([['1.jpg', labels, ...(unknown.length > 0 ? [{ unknown }] : [])]]);
    expect(notes.join().includes('several annotations')).toBe(annotators === undefined);
  });

  it('takes the truth alone, the latest of one person, and tasks of one image together', async () => {
    const truth = annotation(['cow'], { ground_truth: true, completed_by: 9 });
    expect((await read([task('1.jpg', annotation(['cat']), truth)])).labels).toEqual({ '1.jpg': ['cow'] });
    const later = annotation(['dog'], { updated_at: '2026-03-01T00:00:00Z' });
    expect((await read([task('1.jpg', later, annotation(['cat']))])).labels).toEqual({ '1.jpg': ['dog'] });
    const again = task('1.jpg', annotation(['dog'], { completed_by: 2 }));
    expect((await read([task('1.jpg', annotation(['dog'])), again])).labels).toEqual({ '1.jpg': ['dog'] });
  });
});

describe('controls', () => {
  it('reads those that are named, and unknown labels of a control called so', async () => {
    await folder.touch('1.jpg');
    const result = [choices('animals', 'cat'), choices('weather', 'rain'), choices('unknown', 'dog')];
    const tasks = [task('1.jpg', { result })];
    expect((await read(tasks)).split.file.images).toEqual([['1.jpg', ['cat', 'rain'], { unknown: ['dog'] }]]);
    const one = await read(tasks, { control: ['weather'] });
    expect(one.split.file.images).toEqual([['1.jpg', ['rain'], { unknown: ['dog'] }]]);
  });

  it('knows labels that no image has from the labelling interface beside the export', async () => {
    await folder.touch('1.jpg');
    await folder.write({
      'export.xml':
        '<View><Image name="image" value="$photo"/><Choices name="choice" toName="image"><Choice value="cat"/><Choice value="x" alias="zebra"/></Choices></View>',
    });
    const { split } = await read([
      { data: { url: 'no.jpg', photo: '1.jpg' }, annotations: [annotation(['cat'])] },
    ]);
    expect([split.file.classes, labelsByPath(split.file)]).toEqual([['cat', 'zebra'], { '1.jpg': ['cat'] }]);
    await folder.write({ 'export.xml': '<View>' });
    await dataError(read([]), 'data/not-xml');
  });
});

describe('JSON-MIN', () => {
  const own = { id: 1, annotator: 1, annotation_id: 2, created_at: 'a', updated_at: 'b', lead_time: 1.5 };

  it('reads one choice as text and many as an object, side by side with data', async () => {
    await folder.touch('1.jpg', '2.jpg', '3.jpg');
    const { labels } = await read([
      { image: '/data/upload/1/0123abcd-1.jpg', camera: 'left', choice: 'cat', ...own },
      {
        image: '/data/upload/1/0123abcd-2.jpg',
        camera: 'left',
        choice: { choices: ['cat', 'dog'] },
        ...own,
        annotator: 2,
      },
      { image: '/data/upload/1/0123abcd-3.jpg', camera: 'left', ...own },
    ]);
    expect(labels).toEqual({ '1.jpg': ['cat'], '2.jpg': ['cat', 'dog'], '3.jpg': [] });
  });

  it('takes rows of one image for several annotators, and a control that is named', async () => {
    await folder.touch('1.jpg');
    const rows = ['cat', 'cat', 'dog'].map((mood, annotator) => ({
      image: '1.jpg',
      mood,
      ...own,
      annotator,
    }));
    expect((await read(rows, { control: ['mood'] })).labels).toEqual({ '1.jpg': ['cat'] });
  });
});

it.each([
  ['no list', 5, 'data/label-file-format', 'the file'],
  ['a task that is none', [task('1.jpg', annotation(['cat'])), 3], 'data/label-file-format', '[1]'],
  [
    'a result that is none',
    [task('1.jpg', { result: [null] })],
    'data/label-file-format',
    '[0].annotations[0].result[0]',
  ],
  [
    'a label that is none',
    [task('1.jpg', { result: [{ type: 'choices', value: { choices: ['cat', {}] } }] })],
    'data/label-file-format',
    '[0].annotations[0].result[0].value.choices[1]',
  ],
  [
    'a task without image',
    [{ data: { text: 'x' }, annotations: [annotation(['cat'])] }],
    'data/label-file-format',
    '--image-field',
  ],
  ['text that is no JSON', '[{"data"', 'data/not-json', 'export.json'],
  ['no label at all', [task('1.jpg', annotation([]))], 'data/no-classes', 'export.json'],
  ['nothing annotated', [task('1.jpg')], 'data/empty-set', 'tasks without an annotation (1)'],
])('refuses %s', async (_, tasks, code, place) => {
  await folder.touch('1.jpg');
  expect((await dataError(read(tasks), code)).message).toContain(place);
});
