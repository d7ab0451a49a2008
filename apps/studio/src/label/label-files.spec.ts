import type { FileEntry } from '../files/file-entry.ts';
import { labelled } from './label-files.ts';
import { textOf } from './label-text.ts';
import { ABSENT, PRESENT, UNKNOWN } from './labelling.ts';

const image = (path: string): FileEntry => ({ path, blob: new Blob([path]) });
const json = (path: string, content: unknown): FileEntry => ({
  path,
  blob: new Blob([typeof content === 'string' ? content : JSON.stringify(content)]),
});
const opened = (images: readonly FileEntry[], ...files: readonly FileEntry[]) =>
  labelled([...images, ...files], images);

it('keeps what a label file says of photographs that are not there', async () => {
  const { names, labelling, rest, notes } = await opened(
    [image('here.jpg')],
    json('labels.json', {
      classes: ['cat', 'dog'],
      images: [
        ['gone.jpg', ['dog'], { unknown: ['cat'] }],
        ['here.jpg', ['cat']],
      ],
    }),
  );
  expect(names).toEqual(['here.jpg']);
  expect(notes).toEqual([expect.stringContaining('1 photograph of labels.json is not among the files')]);
  labelling.addLabel('castle');
  labelling.set([0], 2, ABSENT);
  expect(JSON.parse(textOf(names, labelling, { rest }))).toEqual({
    classes: ['cat', 'dog', 'castle'],
    images: [
      ['here.jpg', ['cat']],
      ['gone.jpg', ['dog'], { unknown: ['cat', 'castle'] }],
    ],
  });
});

it('says which labels of a label file would be lost, and which become text', async () => {
  const { names, labelling, notes } = await opened(
    [image('a.jpg')],
    json('labels.json', {
      classes: [1, 2],
      images: [['a.jpg', [2, 'tower'], { unknown: ['castle'] }]],
    }),
  );
  expect(notes).toEqual([
    expect.stringContaining('labels.json has labels that are not among its classes: castle, tower.'),
    expect.stringContaining('The classes of labels.json are numbers. Saving writes them as text'),
  ]);
  expect(JSON.parse(textOf(names, labelling))).toEqual({ classes: ['1', '2'], images: [['a.jpg', ['2']]] });
});

it('of several label files opens the one with the most photographs, and none that only another lists', async () => {
  const { name, names, notes } = await opened(
    ['a.jpg', 'b.jpg', 'c.jpg', 'new.jpg'].map(image),
    json('val.json', { classes: ['cat'], images: [['c.jpg', []]] }),
    json('train.json', {
      classes: ['cat'],
      images: [
        ['b.jpg', []],
        ['./a.jpg', ['cat']],
      ],
    }),
  );
  expect([name, names]).toEqual(['train.json', ['b.jpg', './a.jpg', 'new.jpg']]);
  expect(notes).toEqual(['Opened with train.json. Photographs that only val.json lists are left out.']);
});

it.each([
  ['{', 'broken.json'],
  [{ a: 1 }, 'broken.json'],
  [{ classes: ['cat', 'cat'], images: [['a.jpg', []]] }, 'listed twice'],
  [{ classes: ['cat'], images: [['other/a.jpg', []]] }, 'broken.json was skipped: it lists none'],
])('says why %j is no label file of these photographs', async (content, expected) => {
  const { labelling, notes, name } = await opened([image('a.jpg')], json('broken.json', content));
  expect(labelling.labels).toEqual([]);
  expect(notes).toEqual([expect.stringContaining(expected)]);
  expect(name).toBe('labels.json');
});

it('a new label file takes the name of none that is there', async () => {
  expect((await opened([image('a.jpg')], json('labels.json', '{'))).name).toBe('labels-2.json');
});

it('begins with a label file that has no labels yet', async () => {
  const { name, labelling, notes } = await opened(
    [image('a.jpg')],
    json('list.json', { classes: [], images: [['a.jpg', []]] }),
  );
  expect([name, labelling.labels, notes]).toEqual(['list.json', [], []]);
});

it('names photographs from the folder of the label file on, also those that are not in it', async () => {
  const { names, labelling } = await opened(
    ['photos/a.jpg', 'new/b.jpg', 'photos/c.jpg'].map(image),
    json('photos/labels.json', { classes: ['cat'], images: [['sub/../a.jpg', ['cat']]] }),
  );
  expect(names).toEqual(['sub/../a.jpg', '../new/b.jpg', 'c.jpg']);
  expect([...labelling.states[0]]).toEqual([PRESENT, UNKNOWN, UNKNOWN]);
});
