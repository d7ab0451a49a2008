import { readFile } from 'node:fs/promises';
import { DataError } from '@polytag/core';
import fc from 'fast-check';
import * as z from 'zod';
import { batchPlan } from '../../loader/batch-plan.js';
import { summarise } from '../../dataset/summarise.js';
import { DataFolder } from '../folder.fixture.js';
import { readJson } from '../json/read-json.js';
import { labelFileJsonSchema } from './label-file-schema.js';
import { parseLabelFile, type LabelFile } from './parse-label-file.js';
import { readLabelFile, type ReadLabelFileOptions } from './read-label-file.js';
import { writeLabelFile } from './write-label-file.js';

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
  await folder.touch('a.jpg', 'b.jpg', 'c.jpg');
});
afterEach(() => folder.remove());

async function read(content: unknown, options?: ReadLabelFileOptions) {
  await folder.write({ 'train.json': JSON.stringify(content) });
  return readLabelFile(folder.file('train.json'), options);
}

const errorOf = (content: unknown, options?: ReadLabelFileOptions) =>
  read(content, options).then(
    () => undefined,
    (error: unknown) => error as DataError,
  );

const onlyPositives = {
  $schema: './label-file.schema.json',
  classes: ['cat', 'dog', 'hen', 'owl'],
  unlisted: 'unknown',
  images: [
    ['a.jpg', ['dog'], { absent: ['hen', 'hen'] }],
    ['b.jpg', []],
    ['c.jpg', ['cat', 'dog', 'hen', 'owl']],
  ],
};

describe('"unlisted": "unknown"', () => {
  it('makes every label unknown that is neither listed nor named as absent', async () => {
    const dataset = await read(onlyPositives);
    expect(dataset.images.map(({ labels, unknown }) => [labels, unknown])).toEqual([
      [[1], [0, 3]],
      [[], [0, 1, 2, 3]],
      [[0, 1, 2, 3], undefined],
    ]);
    const targets = batchPlan(dataset, { batchSize: 3 }).targetsOf(Uint32Array.of(0, 1, 2));
    expect([...targets]).toEqual([-1, 1, 0, -1, -1, -1, -1, -1, 1, 1, 1, 1]);
    expect(summarise(dataset)).toMatchObject({ unknown: 6, allNegative: 0 });
  });

  it('is the same whether its list is kept or worked out, and after a copy of the image', async () => {
    const { images } = await read(onlyPositives);
    const copies = images.map((image) => ({ ...image }));
    expect(copies.map(({ unknown }) => unknown)).toEqual([[0, 3], [0, 1, 2, 3], undefined]);
  });

  it('is "absent" where a file does not say it, or says so', async () => {
    for (const unlisted of [undefined, 'absent']) {
      const { images } = await read({ ...onlyPositives, unlisted });
      expect(images.map(({ unknown }) => unknown)).toEqual([undefined, undefined, undefined]);
    }
    expect(await errorOf({ ...onlyPositives, unlisted: 'unkown' })).toMatchObject({
      code: 'data/label-file-format',
      message: expect.stringContaining('unlisted: expected "absent" or "unknown"'),
    });
  });

  it('refuses a label that is absent and something else', async () => {
    const image = (more: object) => ({ ...onlyPositives, images: [['a.jpg', ['dog'], more]] });
    for (const [more, told] of [
      [{ absent: ['dog'] }, 'images[0]: the label "dog" of "a.jpg" is both listed and "absent"'],
      [{ absent: ['owl'], unknown: ['owl'] }, 'the label "owl" of "a.jpg" is both "unknown" and "absent"'],
    ] as const) {
      // prettier-ignore
      expect(await errorOf(image(more))).toMatchObject({ code: 'data/label-file-format', message: expect.stringContaining(told) });
    }
  });

  it('counts an absent label that is not in "classes", or refuses it', async () => {
    const strange = { ...onlyPositives, images: [['a.jpg', [], { absent: ['cow'] }]] };
    expect([...(await read(strange)).unknownLabels]).toEqual([['cow', 1]]);
    expect(await errorOf(strange, { unknownLabels: 'error' })).toMatchObject({ code: 'data/unknown-label' });
  });

  it('says the same of integers, however they are written', async () => {
    const { images } = await read({
      classes: [10, 9],
      unlisted: 'unknown',
      images: [['a.jpg', ['9'], { absent: ['10'] }]],
    });
    expect(images).toMatchObject([{ labels: [0] }]);
    expect(images[0].unknown).toBeUndefined();
  });

  it('is kept by prepare json, where what one entry knows is known', async () => {
    const images = [['a.jpg', ['dog'], { absent: ['hen'] }], ['a.jpg', ['cat']]]; // prettier-ignore
    await folder.write({ 'twice.json': JSON.stringify({ ...onlyPositives, images }) });
    const [split] = await readJson([folder.file('twice.json')], { normaliseLabels: true });
    expect(split.file.images.map(([path, labels, more]) => [path, labels, more?.unknown])).toEqual([
      ['a.jpg', ['dog', 'cat'], ['owl']],
    ]);
  });
});

describe('writeLabelFile', () => {
  it('keeps what is known and what is not, in whichever notation is shorter', async () => {
    const classes = ['cat', 'dog', 'hen', 'owl'];
    const image = fc
      .tuple(...classes.map(() => fc.constantFrom('present', 'absent', 'unknown')))
      .map((said) => (what: string) => classes.filter((_, k) => said[k] === what));
    const path = folder.file('out.json');
    const said = (file: LabelFile) =>
      file.images.map(([name, labels, more]) => [name, labels, [...(more?.unknown ?? [])]]);
    let [withUnknown, withAbsent] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(image, { minLength: 1, maxLength: 4 }), async (images) => {
        const file: LabelFile = {
          classes,
          images: images.map((of, i) => [`${i}.jpg`, of('present'), { unknown: of('unknown') }]),
        };
        await writeLabelFile(path, file);
        const text = await readFile(path, 'utf8');
        expect(said(parseLabelFile(text, path))).toEqual(said(file));
        const named = { unknown: 0, absent: 0 };
        for (const of of images) {
          named.unknown += of('unknown').length;
          named.absent += of('absent').length;
        }
        expect(text.includes('"unlisted": "unknown"')).toBe(named.unknown > named.absent);
        if (named.unknown > named.absent) withUnknown++;
        else withAbsent++;
      }),
      { numRuns: 60 },
    );
    expect(Math.min(withUnknown, withAbsent)).toBeGreaterThan(5);
  });

  it('writes what was read of an unlisted file, and it reads the same', async () => {
    await read(onlyPositives);
    const file = parseLabelFile(await readFile(folder.file('train.json'), 'utf8'), 'train.json');
    await writeLabelFile(folder.file('again.json'), file);
    const again = JSON.parse(await readFile(folder.file('again.json'), 'utf8'));
    expect(again).toEqual({
      classes: onlyPositives.classes,
      unlisted: 'unknown',
      images: [['a.jpg', ['dog'], { absent: ['hen'] }], ['b.jpg', []], onlyPositives.images[2]],
    });
  });
});

describe('label-file.schema.json', () => {
  const file = new URL('../../../label-file.schema.json', import.meta.url);

  it('is the schema that reads label files (made by: nx run @polytag/datasets:schema)', async () => {
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(labelFileJsonSchema());
  });

  it('takes what is a label file, and refuses what is none', async () => {
    const schema = z.fromJSONSchema(JSON.parse(await readFile(file, 'utf8')));
    const page = await readFile(new URL('../../../../../docs/reference/data.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text));
    expect(examples).toHaveLength(1);
    for (const valid of [
      onlyPositives,
      ...examples,
      { classes: ['cat'], images: [['a.jpg', ['cat'], { unknown: ['dog'] }]] },
      { classes: [1, 2], images: [['a.jpg', [1, 1]]], note: 'other keys' },
      { classes: ['cat'], images: [] },
    ])
      expect([schema.safeParse(valid).success, valid]).toEqual([true, valid]);
    for (const wrong of [
      { classes: ['cat'] },
      { classes: ['cat'], images: [['a.jpg']] },
      { classes: ['cat'], images: [['a.jpg', [], { unkown: [] }]] },
      { classes: ['cat'], images: [['a.jpg', [], {}, 1]] },
      { classes: ['cat'], unlisted: 'never', images: [] },
      { classes: [1.5], images: [] },
    ])
      expect([schema.safeParse(wrong).success, wrong]).toEqual([false, wrong]);
  });
});
