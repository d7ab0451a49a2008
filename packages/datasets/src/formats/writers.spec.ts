import fc from 'fast-check';
import { DataFolder } from './folder.fixture.js';
import type { LabelFile } from './label-file/parse-label-file.js';
import { datasetReaders } from './readers.js';
import { labelFileWriters } from './writers.js';

/** What each format cannot say. */
const LOSES: Readonly<
  Record<string, { readonly repeats?: true; readonly numbers?: true; readonly spaces?: true }>
> = {
  coco: { numbers: true, spaces: true },
  csv: { repeats: true, numbers: true, spaces: true },
  jsonl: {},
  'label-studio': { repeats: true, numbers: true },
};

const word = fc.oneof(
  fc.constantFrom('cat', 'dog', 'file', 'image', 'labels', 'split', 'unknown', 'absent', 'id', 'a|b', 'a, b', '"q"', 'é', '0', '__proto__', ' a ', 'x\ny', '<&>', 'index'),
  fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }),
); // prettier-ignore
const texts = fc.uniqueArray(word, { minLength: 1, maxLength: 5, selector: (name) => name.trim() });
const numbers = fc.uniqueArray(fc.nat({ max: 30 }), { minLength: 1, maxLength: 5 });

/** Each label of each image: absent, listed once or twice, or unknown. */
const said = fc.array(fc.array(fc.nat({ max: 3 }), { minLength: 5, maxLength: 5 }), {
  minLength: 1,
  maxLength: 4,
});

const content = (
  classes: readonly (string | number)[],
  images: readonly (readonly number[])[],
): LabelFile => ({
  classes,
  images: images.map((what, i) => {
    const labels = classes.flatMap((label, j) => Array<string | number>([0, 1, 2, 0][what[j]]).fill(label));
    const unknown = classes.filter((_, j) => what[j] === 3);
    return unknown.length > 0 ? [`${i}.jpg`, labels, { unknown }] : [`${i}.jpg`, labels];
  }),
});

/** What of it the format can say, in a form that compares. */
const comparable = (file: LabelFile, { repeats, numbers, spaces }: (typeof LOSES)[string]) => {
  const plain = (label: string | number) => {
    const text = numbers ? String(label) : label;
    return spaces && typeof text === 'string' ? text.trim() : text;
  };
  const list = (of: readonly (string | number)[]) => {
    const all = of.map(plain);
    return (repeats ? [...new Set(all)] : all).sort();
  };
  return {
    classes: list(file.classes),
    images: file.images.map(([path, labels, more]) => [path, list(labels), list(more?.unknown ?? [])]),
  };
};

describe.each(labelFileWriters.map((writer) => [writer.name, writer] as const))('%s', (name, writer) => {
  const reader = datasetReaders.find((one) => one.name === name)!;
  const loses = LOSES[name];
  let folder: DataFolder;
  beforeAll(async () => {
    folder = await DataFolder.make();
    await folder.touch('0.jpg', '1.jpg', '2.jpg', '3.jpg');
  });
  afterAll(() => folder.remove());

  let written = 0;
  async function roundTrip(file: LabelFile): Promise<LabelFile> {
    const { text, beside } = writer.write(file);
    const own = `own-${++written}`;
    const name = `${own}.json`;
    await folder.write({ [name]: text, ...(beside && { [`${own}${beside.ending}`]: beside.text }) });
    const options = { file: [name], train: name, val: false, control: [] };
    const [split] = await reader.read({ from: folder.path, ...options });
    return split.file;
  }

  it.each([
    ['texts', texts],
    ['numbers', numbers],
  ] as const)('loses nothing that it can say, of classes that are %s', async (_, classes) => {
    await fc.assert(
      fc.asyncProperty(classes, said, async (names, images) => {
        // A cell, an attribute or a name that is empty without white space is no label of its format.
        fc.pre(names.every((label) => String(label).trim() !== ''));
        const file = content(names, images);
        expect(comparable(await roundTrip(file), loses)).toEqual(comparable(file, loses));
      }),
      { numRuns: 60 },
    );
  });

  it('says what it loses, and only that', () => {
    const lostOf = (file: LabelFile) => writer.write(file).lost.length;
    expect(lostOf(content(['cat', 'dog'], [[0, 1], [3, 3]]))).toBe(0); // prettier-ignore
    expect(lostOf(content(['cat'], [[2]]))).toBe(loses.repeats ? 1 : 0);
    expect(lostOf(content([7], [[1]]))).toBe(loses.numbers ? 1 : 0);
    expect(lostOf(content([' a'], [[1]]))).toBe(loses.spaces ? 1 : 0);
  });
});

it('writes what other programs read', async () => {
  const file = content(['cat', 'dog', 'owl'], [[1, 3, 0], [0, 0, 0]]); // prettier-ignore
  const written = Object.fromEntries(labelFileWriters.map((writer) => [writer.name, writer.write(file)]));
  expect(JSON.parse(written['coco'].text)).toEqual({
    info: {},
    licenses: [],
    categories: ['cat', 'dog', 'owl'].map((name, i) => ({ id: i + 1, name, supercategory: '' })),
    images: [
      { id: 1, file_name: '0.jpg', neg_category_ids: [3] },
      { id: 2, file_name: '1.jpg', neg_category_ids: [1, 2, 3] },
    ],
    annotations: [{ id: 1, image_id: 1, category_id: 1 }],
  });
  expect(written['csv'].text).toBe('file,cat,dog,owl\n0.jpg,1,?,0\n1.jpg,0,0,0\n');
  expect(written['jsonl'].text).toBe(
    '{"file_name":"0.jpg","labels":["cat"],"unknown":["dog"],"absent":["owl"]}\n{"file_name":"1.jpg","labels":[]}\n',
  );
  const [task] = JSON.parse(written['label-studio'].text) as {
    data: object;
    annotations: { result: object[] }[];
  }[];
  expect(task.data).toEqual({ image: '/data/local-files/?d=0.jpg' });
  expect(task.annotations[0].result).toEqual([
    { id: 'labels-1', from_name: 'labels', to_name: 'image', type: 'choices', value: { choices: ['cat'] } },
    { id: 'unknown-1', from_name: 'unknown', to_name: 'image', type: 'choices', value: { choices: ['dog'] } },
  ]);
  expect(written['label-studio'].beside!.text).toContain('<Choice value="owl"/>');
});

it('label-studio says which labels its interface cannot name, and names them as its tasks do', () => {
  const writer = labelFileWriters.find(({ name }) => name === 'label-studio')!;
  const file: LabelFile = { classes: ['a\u0001', '\u0000', 'b'], images: [['1.jpg', ['a\u0001'], { unknown: ['\u0000'] }]] }; // prettier-ignore
  const { text, beside, lost } = writer.write(file);
  expect(lost).toEqual(['2 labels have control characters, which become \ufffd']);
  const chosen = [...text.matchAll(/"choices":\["([^"]*)"\]/g)].map(([, label]) => label);
  expect(chosen).toEqual(['a\ufffd', '\ufffd']);
  for (const label of [...chosen, 'b']) expect(beside!.text).toContain(`<Choice value="${label}"/>`);
});
