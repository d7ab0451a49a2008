import { rm, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { UsageError } from '@polytag/core';
import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readCsv, type CsvOptions } from './read-csv.js';

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
  await folder.touch('a.jpg', 'b.jpg', 'c, "d".jpg');
});
afterEach(() => folder.remove());

let notes: string[];
beforeEach(() => void (notes = []));

async function read(text: string, options?: CsvOptions) {
  await folder.write({ 'own.csv': text });
  return readCsv([folder.file('own.csv')], { onNote: (note) => notes.push(note), ...options });
}

/** What a file says of each image: its labels, those that are unknown with a question mark; and the classes. */
async function said(text: string, options?: CsvOptions) {
  const splits = await read(text, options);
  const images = splits.flatMap(({ file }) =>
    file.images.map(([path, labels, more]) => [
      path,
      [...labels, ...(more?.unknown ?? []).map((one) => `${one}?`)],
    ]),
  );
  return {
    classes: splits[0].file.classes,
    images: Object.fromEntries(images) as Record<string, string[]>,
  };
}

it('reads labels in one cell, quoted as RFC 4180 says', async () => {
  const [{ name, file }] = await read(
    '\uFEFFfile,labels\r\na.jpg,dog|person|dog\r\n"c, ""d"".jpg"," two\nwords | dog|"\r\nb.jpg,\r\n',
  );
  expect(name).toBe('own');
  expect(file).toEqual({
    classes: ['dog', 'person', 'two\nwords'],
    images: [
      ['a.jpg', ['dog', 'person', 'dog']],
      ['c, "d".jpg', ['two\nwords', 'dog']],
      ['b.jpg', []],
    ],
  });
});

it.each([
  ['lists', 'a.jpg,"[1, 0, 1]"', 'b.jpg,"[0, 0, 0]"'],
  ['what NumPy prints', 'a.jpg,[1. 0. 1.]', 'b.jpg,[0. 0. 0.]'],
  ['words', 'a.jpg,"[True, False, True]"', 'b.jpg,"[False, False, False]"'],
  ['numbers with spaces', 'a.jpg,1 0 1', 'b.jpg,0 0 0'],
])('reads yes and no of each label in one cell: %s', async (_, ...rows) => {
  expect(await said(['file,labels', ...rows].join('\n'))).toEqual({
    classes: ['0', '1', '2'],
    images: { 'a.jpg': ['0', '2'], 'b.jpg': [] },
  });
  expect(notes).toContainEqual(expect.stringContaining('multi-hot vectors of 3 labels'));
});

it('reads a column of 0 and 1 for each label, and counts labels without an image', async () => {
  const [{ file }] = await read('image,person,dog,zebra\na.jpg,1,1,0\nb.jpg,0, 0 ,0\n');
  expect(file).toEqual({
    classes: ['dog', 'person', 'zebra'],
    images: [
      ['a.jpg', ['person', 'dog']],
      ['b.jpg', []],
    ],
  });
});

it('gives a split for each value of a column, with the classes of all', async () => {
  const splits = await read('split,file,labels\nval,a.jpg,cat\ntrain,b.jpg,dog\n');
  expect(splits.map(({ name, file }) => [name, file.classes, labelsByPath(file)])).toEqual([
    ['val', ['cat', 'dog'], { 'a.jpg': ['cat'] }],
    ['train', ['cat', 'dog'], { 'b.jpg': ['dog'] }],
  ]);
});

it('gives a split for each file, with the classes of all', async () => {
  await folder.write({ 'train.csv': 'file,label\na.jpg,dog\n', 'val.csv': 'file,label\nb.jpg,cat\n' });
  const files = ['train.csv', 'val.csv'].map((name) => folder.file(name));
  const splits = await readCsv(files);
  expect(splits.map(({ name, file }) => [name, file.classes, labelsByPath(file)])).toEqual([
    ['train', ['cat', 'dog'], { 'a.jpg': ['dog'] }],
    ['val', ['cat', 'dog'], { 'b.jpg': ['cat'] }],
  ]);
  await folder.write({ 'val.csv': 'file,label\na.jpg,cat\n' });
  await dataError(readCsv(files), 'data/image-in-two-splits');
  await folder.write({ 'val.csv': 'file,label\n' });
  expect((await dataError(readCsv(files), 'data/empty-set')).message).toContain('val.csv');
});

it('takes other columns, delimiters, separators and folders', async () => {
  await folder.touch('photos/sub/e.jpg');
  const [{ name, file, root }] = await read('id;tags;path;part\n7;dog,cat;sub\\e.jpg;test\n', {
    delimiter: ';',
    separator: ',',
    fileColumn: 'path',
    labelsColumn: 'tags',
    splitColumn: 'part',
    images: folder.file('photos'),
  });
  expect([name, root]).toEqual(['test', folder.file('photos')]);
  expect(file).toEqual({ classes: ['cat', 'dog'], images: [['sub/e.jpg', ['dog', 'cat']]] });
});

it.each<[string, string, CsvOptions, string, string]>([
  ['an empty file', '', {}, 'data/label-file-format', 'own.csv is empty'],
  ['a header alone', 'file,labels\n', {}, 'data/empty-set', 'own.csv'],
  [
    'a column that is not there',
    'file,labels\na.jpg,x\n',
    { labelsColumn: 'tags' },
    'data/label-file-format',
    'no column "tags"',
  ],
  [
    'two columns of one name',
    'file,dog,dog\na.jpg,1,1\n',
    {},
    'data/label-file-format',
    'two columns named "dog"',
  ],
  ['a column without a name', 'file,dog,\na.jpg,1,1\n', {}, 'data/label-file-format', 'no name for column 3'],
  ['no column of labels', 'file\na.jpg\n', {}, 'data/label-file-format', 'no column of labels'],
  ['no column of paths', 'labels,split\nx,train\n', {}, 'data/label-file-format', 'no column of image paths'],
  [
    'a cell that is neither yes nor no',
    'file,dog\na.jpg,1\nb.jpg,maybe\n',
    {},
    'data/label-file-format',
    'line 3: column "dog" has "maybe"',
  ],
  ['a line that is too long', 'file,labels\na.jpg,dog,cat\n', {}, 'data/label-file-format', 'line 2'],
  [
    'a split that is no word',
    'file,labels,split\na.jpg,dog,../x\n',
    {},
    'data/label-file-format',
    'line 2: "../x"',
  ],
  [
    'an image twice',
    'file,labels\na.jpg,dog|cat\n./a.jpg,cat\n',
    {},
    'data/duplicate-image',
    'line 2 and line 3',
  ],
  ['a path out of the folder', 'file,labels\n/a.jpg,dog\n', {}, 'data/path-escape', 'line 2'],
  ['an image that is missing', 'file,labels\nz.jpg,dog\n', {}, 'data/image-missing', '"z.jpg"'],
  ['a set without any label', 'file,labels\na.jpg,\n', {}, 'data/no-classes', 'classes'],
])('refuses %s', async (_, text, options, code, place) => {
  expect((await dataError(read(text, options), code)).message).toContain(place);
});

it('leaves out missing images on request', async () => {
  const [{ file, leftOut }] = await read('file,labels\nz.jpg,dog\na.jpg,cat\n', { skipMissing: true });
  expect(labelsByPath(file)).toEqual({ 'a.jpg': ['cat'] });
  expect([...leftOut]).toEqual([['images that are not on disk', 1]]);
});

it('needs a file that is there', async () => {
  await dataError(readCsv([folder.file('absent.csv')]), 'data/file-missing');
  await expect(readCsv([])).rejects.toThrow(UsageError);
});

describe('a column for each label', () => {
  it.each<[string, string, string]>([
    ['1.0 and 0.0', '1.0', '0.0'],
    ['1, and 0, as Excel writes numbers', '"1,0"', '"0,0"'],
    ['True and False', 'True', 'False'],
    ['TRUE and FALSE', 'TRUE', 'FALSE'],
    ['yes and no', 'Yes', 'no'],
    ['y and n', 'y', 'N'],
    ['WAHR and FALSCH', 'WAHR', 'FALSCH'],
    ['t and f', 't', 'f'],
    ['what NumPy writes', '1.000000000000000000e+00', '0.000000000000000000e+00'],
  ])('takes %s', async (_, yes, no) => {
    expect(await said(`file,cat,dog\na.jpg,${yes},${no}\nb.jpg,${no},${no}\n`)).toEqual({
      classes: ['cat', 'dog'],
      images: { 'a.jpg': ['cat'], 'b.jpg': [] },
    });
  });

  it('takes -1, ?, nan and nothing for unknown where others say 0, and tells it', async () => {
    const text = 'file,cat,dog,cow,hen\na.jpg,1,-1,,0\nb.jpg,0,?,nan,-1.0\n';
    expect((await said(text)).images).toEqual({
      'a.jpg': ['cat', 'dog?', 'cow?'],
      'b.jpg': ['dog?', 'cow?', 'hen?'],
    });
    expect(notes).toContainEqual(expect.stringMatching(/-1 are read as unknown .*--unknown/));
    expect(notes).toContainEqual(expect.stringMatching(/empty cells are read as unknown .*--empty/));
    expect((await said(text, { unknown: 'absent', empty: 'present' })).images).toEqual({
      'a.jpg': ['cat', 'cow'],
      'b.jpg': [],
    });
  });

  it('takes nothing for absent where presence alone is marked', async () => {
    expect((await said('file,cat,dog\na.jpg,x,\nb.jpg,X,x\n')).images).toEqual({
      'a.jpg': ['cat'],
      'b.jpg': ['cat', 'dog'],
    });
    expect(notes).toContainEqual(expect.stringContaining('empty cells are read as absent'));
  });

  it('takes -1 for absent where 1 is the only other, as in CelebA', async () => {
    expect((await said('image_id,Bald,Smiling\na.jpg,-1,1\nb.jpg,-1,-1\n')).images).toEqual({
      'a.jpg': ['Smiling'],
      'b.jpg': [],
    });
    expect(notes).toContainEqual(expect.stringContaining('-1 are read as absent'));
  });

  const NAMES = ['label', 'labels', 'Label', 'tags', 'split', 'set', 'file', 'image', 'class', 'id'];
  it.each([...NAMES, '__proto__', 'constructor'])('may be called %s', async (name) => {
    const file = name === 'image' ? 'path' : 'image';
    for (const text of [
      `${file},cat,${name}\na.jpg,1,0\nb.jpg,0,1\n`,
      `${file},${name},cat\na.jpg,0,1\nb.jpg,1,0\n`,
    ]) {
      expect(await said(text)).toEqual({
        classes: ['cat', name].sort(),
        images: { 'a.jpg': ['cat'], 'b.jpg': [name] },
      });
    }
    // Names of files without an ending.
    await folder.touch('11.jpg', '12.jpg');
    expect((await said(`${file},cat,${name}\n11,1,0\n12,0,1\n`)).images).toEqual({
      '11.jpg': ['cat'],
      '12.jpg': [name],
    });
  });

  it('leaves columns of other things unread and tells them, but not one with a bad cell, counts or probabilities', async () => {
    const { classes } = await said(',file,width,by,cat\n0,a.jpg,640,Ann,1\n1,b.jpg,480,Bob,0\n');
    expect(classes).toEqual(['cat']);
    expect(notes).toContainEqual('own.csv: ignored columns: "width", "by"');
    for (const cell of ['2', '0.7', 'maybe']) {
      const text = `file,cat,dog\na.jpg,1,${cell}\nb.jpg,0,1\n`;
      const error = await dataError(read(text), 'data/label-file-format');
      expect(error.message).toContain(`line 2: column "dog" has "${cell}"`);
      expect(error.hint).toContain('--labels-column');
    }
    await dataError(read('file,cat,dog\na.jpg,0.25,1\nb.jpg,0.7,0\n'), 'data/label-file-format');
  });

  it('knows the usual German names of columns; of others the hint names one', async () => {
    for (const header of ['Titel;Datei;Schlagworte', 'Nr;Bild;Etiketten', 'Titel;Dateiname;Kategorien']) {
      const { classes } = await said(`${header}\n1;a.jpg;cat, dog\n2;b.jpg;cat\n`);
      expect(classes).toEqual(['cat', 'dog']);
    }
    const error = await dataError(
      read('titre;fichier;mots\nParis;a.jpg;cat\nRome;b.jpg;dog\n'),
      'data/label-file-format',
    );
    expect(error.hint).toContain('--labels-column "titre" chooses another');
  });

  it('overrules what it would take the file for', async () => {
    const text = 'image,cat,label\na.jpg,1,0\nb.jpg,0,1\n';
    expect((await said(text, { layout: 'list' })).images).toEqual({ 'a.jpg': ['0'], 'b.jpg': ['1'] });
    expect((await said(text, { labelsColumn: 'label' })).classes).toEqual(['0', '1']);
    expect((await said('file,label\na.jpg,0\nb.jpg,1\n')).classes).toEqual(['0', '1']);
    expect((await said('file,label\na.jpg,0\nb.jpg,1\n', { layout: 'one-hot' })).images).toEqual({
      'a.jpg': [],
      'b.jpg': ['label'],
    });
    const splits = await read('image,cat,split\na.jpg,1,0\nb.jpg,0,1\n', { splitColumn: 'split' });
    expect(splits.map(({ name, file }) => [name, file.classes])).toEqual([
      ['train', ['cat']],
      ['val', ['cat']],
    ]);
  });
});

describe('labels in a cell', () => {
  it.each<[string, string]>([
    ['a bar', 'cat|dog'],
    ['a semicolon', 'cat; dog'],
    ['a comma', '"cat,dog"'],
    ['a line break', '"cat\ndog"'],
    ['a list of Python', `"['cat', 'dog']"`],
    ['a list of JSON', '"[""cat"", ""dog""]"'],
    ['a tuple', `"('cat', 'dog')"`],
    ['an array of NumPy', `"['cat' 'dog']"`],
    ['what Label Studio writes', '"{""choices"":[""cat"",""dog""]}"'],
    ['a list without quotes around the cell', `['cat', 'dog']`],
    ['quotes inside', '"""cat"",""dog"""'],
    ['a frozen set of Python', `"frozenset({'cat', 'dog'})"`],
    ['a list that lacks a value', `"['cat', nan, 'dog', None]"`],
    ['an array of PostgreSQL', '"{cat,dog}"'],
    ['yes and no by label', '"{""cat"": 1, ""dog"": true, ""cow"": 0}"'],
    ['what VIA writes of a region', '"{""animal"":{""cat"":true,""dog"":true}}"'],
  ])('takes %s', async (_, cell) => {
    expect(await said(`file,labels\na.jpg,${cell}\nb.jpg,cat\n`)).toEqual({
      classes: ['cat', 'dog'],
      images: { 'a.jpg': ['cat', 'dog'], 'b.jpg': ['cat'] },
    });
  });

  it.each(['[]', '()', '{}', 'set()', 'frozenset()', 'list()', '[nan]'])(
    'takes %s for no label beside lists',
    async (cell) => {
      const { classes, images } = await said(`file,labels\na.jpg,${cell}\nb.jpg,['cat']\n`);
      expect({ classes, images }).toEqual({ classes: ['cat'], images: { 'a.jpg': [], 'b.jpg': ['cat'] } });
    },
  );

  it('takes apostrophes, commas and escapes inside quoted labels of a list', async () => {
    const { images } = await said(`file,labels\na.jpg,"[""dog's bed"", 'salt, pepper', 'caf\\xe9']"\n`);
    expect(images).toEqual({ 'a.jpg': ["dog's bed", 'salt, pepper', 'café'] });
  });

  it('takes a space where the words come again, and leaves names of two words whole', async () => {
    await folder.touch('0.jpg', '1.jpg', '2.jpg', '3.jpg');
    const text = (...cells: string[]) =>
      `image_name,tags\n${cells.map((cell, i) => `${i}.jpg,${cell}\n`).join('')}`;
    const weather = text('haze primary', 'clear primary', 'clear', 'haze primary clear');
    expect((await said(weather)).classes).toEqual(['clear', 'haze', 'primary']);
    expect(notes).toContainEqual(expect.stringMatching(/a space .*--separator/));
    // As fastai and the Human Protein Atlas write them.
    expect((await said(text('chair car', 'car', 'chair'))).classes).toEqual(['car', 'chair']);
    expect((await said(text('16 0', '7', '16 12'))).classes).toEqual(['0', '12', '16', '7']);
    const street = text('traffic light', 'stop sign', 'traffic light', 'hot dog');
    expect((await said(street)).classes).toEqual(['hot dog', 'stop sign', 'traffic light']);
    const few = await said(text('haze primary', 'clear'), { separator: ' ' });
    expect(few.classes).toEqual(['clear', 'haze', 'primary']);
  });

  it('keeps commas in labels that a bar divides, or that the separator given does not name', async () => {
    const { classes } = await said('file,labels\na.jpg,"salt, pepper|cat"\nb.jpg,dog\n');
    expect(classes).toEqual(['cat', 'dog', 'salt, pepper']);
    const given = await said('file,labels\na.jpg,"salt, pepper"\n', { separator: '|' });
    expect(given.classes).toEqual(['salt, pepper']);
  });

  it('refuses the beginning of a list', async () => {
    const error = await dataError(read(`file,labels\na.jpg,"['cat', 'dog'"\n`), 'data/label-file-format');
    expect(error.message).toContain('line 2: column "labels"');
  });

  it('puts rows of one image together where each has one label, and tells it', async () => {
    const { images } = await said('ImageID,LabelName\na.jpg,dog\nb.jpg,cat\na.jpg,cat\n./b.jpg,\n');
    expect(images).toEqual({ 'a.jpg': ['dog', 'cat'], 'b.jpg': ['cat'] });
    expect(notes).toContainEqual(expect.stringContaining('2 images have several rows'));
    const twice = 'file,labels\na.jpg,dog|cat\na.jpg,cow\n';
    expect((await dataError(read(twice), 'data/duplicate-image')).hint).toContain('--layout long');
    const merged = await said(twice, { layout: 'long', separator: '|' });
    expect(merged.images).toEqual({ 'a.jpg': ['dog', 'cat', 'cow'] });
    const single = 'file,labels\na.jpg,dog\na.jpg,cow\n';
    await dataError(read(single, { layout: 'list' }), 'data/duplicate-image');
  });
});

describe('tables as other programs write them', () => {
  /** Two images, the first with both labels, the second with the last. */
  const BOTH = { classes: ['cat', 'dog'], images: { 'a.jpg': ['cat', 'dog'], 'b.jpg': ['dog'] } };

  it.each<[string, string, Readonly<Record<string, readonly string[]>>?]>([
    ['CelebA, as text', '2\ncat dog\na.jpg  1  1\nb.jpg -1  1\n'],
    ['CelebA, without the count', 'cat dog\na.jpg  1  1\nb.jpg -1  1\n'],
    ['columns of spaces, as pandas prints them', '  file  cat  dog\n a.jpg    1    1\n b.jpg    0    1\n'],
    ['columns of spaces, with lists', 'file labels\na.jpg cat,dog\nb.jpg dog\n'],
    ['R, with row names', '"file","cat","dog"\n"1","a.jpg",1,1\n"2","b.jpg",0,1\n'],
    ['R, with spaces', '"file" "labels"\n"1" "a.jpg" "cat,dog"\n"2" "b.jpg" "dog"\n'],
    ['two files in one, with both headers', 'file,labels\na.jpg,cat|dog\nfile,labels\nb.jpg,dog\n'],
    ['single quotes', "'file','labels'\n'a.jpg','cat,dog'\n'b.jpg','dog'\n"],
    ['quotes of a word processor', 'file;labels\na.jpg;“cat”, „dog“\nb.jpg;«dog»\n'],
    ['lists in such quotes', 'file;labels\na.jpg;[‘cat’, ‘dog’]\nb.jpg;[“dog”]\n'],
    ['ticks and crosses', 'file,cat,dog\na.jpg,✓,✔️\nb.jpg,✗,☑\n'],
    [
      'genres of The Movie Database',
      'poster,genres\na.jpg,"[{""id"": 1, ""name"": ""cat""}, {""id"": 2, ""name"": ""dog""}]"\nb.jpg,"[{""id"": 2, ""name"": ""dog""}]"\n',
    ],
    [
      'the same as Python prints it',
      `poster,genres\na.jpg,"[{'id': 1, 'name': 'cat'}, {'id': None, 'name': 'dog'}]"\nb.jpg,"[{'id': 2, 'name': 'dog'}]"\n`,
    ],
    [
      'regions of Label Studio',
      'image,label\na.jpg,"[{""x"":1,""rectanglelabels"":[""cat""]},{""x"":2,""rectanglelabels"":[""dog""]}]"\nb.jpg,"[{""polygonlabels"":[""dog""]}]"\n',
    ],
    [
      'Google AutoML, with addresses in a bucket',
      'image_uri,label_1,label_2\ngs://bucket/set/a.jpg,cat,dog\ngs://bucket/set/b.jpg,dog,\n',
    ],
    [
      'Airtable, with attachments',
      'Name,Attachments,Tags\nOne,"a.jpg (https://v5.airtableusercontent.com/v3/u/1/x,y/a)","cat,dog"\nTwo,b.jpg (https://v5.airtableusercontent.com/b),dog\n',
    ],
    [
      'Airtable, with two attachments in a row',
      'Name,Photo,Tags\nOne,"a.jpg (https://x.org/a),c, ""d"".jpg (https://x.org/c)","cat,dog"\nTwo,b.jpg (https://x.org/b),dog\n',
      { 'c, "d".jpg': ['cat', 'dog'] },
    ],
    ['addresses on a server', 'url,labels\nhttps://x.org/p/a.jpg?w=200,cat|dog\nhttps://x.org/b.jpg,dog\n'],
    [
      'Label Studio, with uploads',
      'image,id,choice\n/data/upload/1/0abc1234-a.jpg,1,"{""choices"":[""cat"",""dog""]}"\n/data/upload/1/0abc1235-b.jpg,2,dog\n',
    ],
    ['sex as M and F beside labels', 'file,sex,cat,dog\na.jpg,M,1,1\nb.jpg,F,0,1\n'],
    ['sex, mostly F', 'file,sex,cat,dog\na.jpg,F,1,1\nb.jpg,M,0,1\n'],
  ])('reads %s', async (_, text, more = {}) => {
    expect(await said(text)).toEqual({ ...BOTH, images: { ...BOTH.images, ...more } });
  });

  it.each(['ml_use', 'phase', 'dataset'])(
    'finds splits in a column called %s by its words',
    async (column) => {
      const splits = await read(`${column},file,label\nTRAINING,a.jpg,cat\nVALIDATION,b.jpg,dog\n`);
      expect(splits.map(({ name, file }) => [name, file.images[0][0]])).toEqual([
        ['train', 'a.jpg'],
        ['val', 'b.jpg'],
      ]);
      // Labels are labels, whatever they are called.
      expect((await said('file,label\na.jpg,train\nb.jpg,test\n')).classes).toEqual(['test', 'train']);
    },
  );

  it('takes what says that a value is missing for no label, and tells it', async () => {
    for (const cell of ['nan', 'NaN', '<NA>', 'null', '#N/A']) {
      expect((await said(`file,labels\na.jpg,cat|dog\nb.jpg,${cell}\n`)).images).toEqual({
        'a.jpg': ['cat', 'dog'],
        'b.jpg': [],
      });
      expect(notes).toContainEqual(`cells with "${cell}" are read as no label`);
    }
  });

  it('tells of keywords in a hierarchy, and which separator it took', async () => {
    const text = 'file,keywords\na.jpg,"Animals|Dog, Places|France"\nb.jpg,Animals|Cat\n';
    await said(text);
    expect(notes).toContainEqual(
      'labels in a cell are separated by "|", not by a comma, as in "Animals|Dog, Places|France" (change with --separator)',
    );
    expect((await said(text, { separator: ',' })).classes).toEqual([
      'Animals|Cat',
      'Animals|Dog',
      'Places|France',
    ]);
  });

  it('tells of columns that are hardly labels, and of labels in columns that it ignores', async () => {
    await said('file,cat,dog,fold,comment\na.jpg,1,0,0,\nb.jpg,0,1,1,\n');
    expect(notes).toContainEqual(
      'own.csv: read as labels: "fold", "comment" (delete the columns that are not labels)',
    );
    await said('file,label,cat,dog\na.jpg,cat,1,1\nb.jpg,dog,0,1\n');
    expect(notes.join()).toMatch(/ignored columns "cat", "dog" are called like labels .*--layout one-hot/);
  });

  it.each<[string, string, RegExp]>([
    ['percentages', 'file,cat,dog\na.jpg,95%,5%\nb.jpg,10%,90%\n', /probabilities: write 1 or 0/],
    ['scores by label', 'file,labels\na.jpg,"{""cat"": 0.9, ""dog"": 0.1}"\n', /scores by label/],
    ['folds', 'file,cat,fold\na.jpg,1,0\nb.jpg,0,1\nc,1,2\n', /delete the column/],
    [
      'short rows',
      'set,file,label1,label2\ntrain,a.jpg,cat,dog\nval,b.jpg,dog\n',
      /as many cells as the header/,
    ],
    ['a comment', '# of 2024\nfile,labels\na.jpg,cat\n', /^If a title or a comment is above/],
    ['numbers without zeros', 'id,labels\n12,cat\n13,dog\n', /spreadsheet may have changed these numbers/],
    [
      'columns to choose from',
      'PatientID,image,dx,site\nP1,a.jpg,cat,1 a\nP2,b.jpg,cat,2 b\n',
      /--labels-column "dx"/,
    ],
    ['no label at all', 'file,labels,kind\na.jpg,,cat\nb.jpg,[],dog\n', /--labels-column.*"kind"/],
  ])('helps with %s', async (_, text, hint) => {
    await expect(read(text)).rejects.toMatchObject({ hint: expect.stringMatching(hint) as unknown });
  });
});

describe('a row for each label', () => {
  const open = (...rows: string[]) => `ImageID,Source,LabelName,Confidence\n${rows.join('\n')}\n`;

  it('takes a confidence of 0 for absent, as Open Images writes what people denied', async () => {
    const text = open('a,verification,dog,1', 'a,verification,cat,0', 'b,verification,cat,0');
    expect(await said(text)).toEqual({ classes: ['cat', 'dog'], images: { 'a.jpg': ['dog'], 'b.jpg': [] } });
    expect(notes).toContainEqual(expect.stringMatching(/rows with 0 in the column "Confidence"/));
    const machine = open('a,machine,dog,0.7', 'a,machine,cat,0.0', 'b,machine,cat,1.0');
    expect((await said(machine)).images).toEqual({ 'a.jpg': ['dog'], 'b.jpg': ['cat'] });
  });

  it('puts together what rows say of one image under several spellings of its name', async () => {
    await folder.touch('caf\u00e9.jpg');
    const rows = 'file,label\na.jpg,dog\nA.JPG,cat\na,cow\ncaf\u00e9.jpg,dog\ncafe\u0301.jpg,cat\n';
    const images = { 'a.jpg': ['dog', 'cat', 'cow'], 'caf\u00e9.jpg': ['dog', 'cat'] };
    expect((await said(rows)).images).toEqual(images);
    await dataError(read(rows, { layout: 'list' }), 'data/duplicate-image');
  });

  it('takes a label that one row denies and another asserts for present', async () => {
    const text = open('a,x,dog,0', 'a,y,dog,1', 'b,x,dog,', 'b,y,dog,1', 'c,x,dog,');
    await folder.touch('c.jpg');
    const { images } = await said(text, { empty: 'unknown' });
    expect(images).toEqual({ 'a.jpg': ['dog'], 'b.jpg': ['dog'], 'c.jpg': ['dog?'] });
  });

  it.each(['ClassId', 'category_id', 'attribute_ids', 'Finding Labels', 'region_attributes'])(
    'finds labels in a column called %s beside columns of other things',
    async (column) => {
      const text = `image,${column},Patient ID,rle\na.jpg,3,7,1 4 9\na.jpg,4,8,2 3\nb.jpg,4,9,\n`;
      expect((await said(text)).images).toEqual({ 'a.jpg': ['3', '4'], 'b.jpg': ['4'] });
    },
  );
});

describe('columns and cells', () => {
  it.each([
    'a.jpg,dog|cat\nb.jpg,cat\n',
    'a.jpg,0,1\nb.jpg,1,0\n',
    'a.jpg dog\nb.jpg cat\n',
    'a.jpg,0,0,dog\n',
  ])('refuses a file that lacks its header: %j', async (text) => {
    const error = await dataError(read(text), 'data/label-file-format');
    expect(error.message).toMatch(/line 1: expected a header line, got the image "a\.jpg.*"/);
  });

  it('says that a title above the header must go', async () => {
    const text = 'Labels of 2024,,\nfile,cat,dog\na.jpg,1,0\n';
    expect((await dataError(read(text), 'data/label-file-format')).hint).toMatch(/title/);
  });

  it.each(['Unnamed: 0,index', 'level_0,index', 'Unnamed: 0.1,Unnamed: 0', ',', ',id'])(
    'reads no class in columns that number the rows: %s',
    async (columns) => {
      const text = `${columns},file,cat,dog\n0,5,a.jpg,1,0\n3,1,b.jpg,0,1\n`;
      expect((await said(text)).classes).toEqual(['cat', 'dog']);
    },
  );

  it('takes what would number the rows for images where nothing else names them', async () => {
    await folder.touch('17.jpg', '4.jpg');
    expect((await said(',cat,dog\n17,1,0\n4,0,1\n')).images).toEqual({ '17.jpg': ['cat'], '4.jpg': ['dog'] });
  });

  it('prefers columns of yes and no to one of words that is called Keywords', async () => {
    const text = 'image,Diagnostic Keywords,cat,dog\na.jpg,a cat,1,0\nb.jpg,healthy,0,0\n';
    expect((await said(text)).classes).toEqual(['cat', 'dog']);
  });

  it.each(['labels', 'Label', 'TAGS', 'Tag', 'classes', 'Category', 'class_name', ' labels ', 'Keywords'])(
    'takes labels from %s',
    async (name) => {
      expect((await said(`n,${name}\na.jpg,cat\n`)).images).toEqual({ 'a.jpg': ['cat'] });
    },
  );

  it.each(['file', 'FileName', 'image_name', 'file_name', 'Path', 'ID', 'img', 'Image ID', 'image'])(
    'takes paths from %s, wherever it stands',
    async (name) => {
      const { images } = await said(`no,labels,${name}\n7,cat,a\n8,dog,b\n`);
      expect(images).toEqual({ 'a.jpg': ['cat'], 'b.jpg': ['dog'] });
    },
  );

  it.each(['label1,label2,label3', 'Tag,Tag.1,Tag.2', 'category_1,category_2,category_3'])(
    'puts the labels of numbered columns together: %s',
    async (names) => {
      const text = `file,${names}\na.jpg,cat,dog,\nb.jpg,cow,,\n`;
      expect(await said(text)).toEqual({
        classes: ['cat', 'cow', 'dog'],
        images: { 'a.jpg': ['cat', 'dog'], 'b.jpg': ['cow'] },
      });
      expect(notes.join()).toContain('labels in the columns');
      expect((await said(`file,${names}\na.jpg,1,0,1\nb.jpg,0,1,0\n`)).classes).toEqual(
        names.split(',').sort(),
      );
    },
  );

  it('takes no empty column for a class where words stand in others', async () => {
    const error = await dataError(
      read('file,first,second,notes\na.jpg,cat,dog,\n'),
      'data/label-file-format',
    );
    expect(error.message).toContain('no column of labels');
  });

  it('reads cells that a formula keeps as text', async () => {
    expect((await said('file,labels\na.jpg,"=""cat"""\n')).images).toEqual({ 'a.jpg': ['cat'] });
  });

  it('takes paths from the column whose cells are paths', async () => {
    const { images } = await said('id,labels,where\n7,cat,a.jpg\n8,dog,b.jpg\n');
    expect(images).toEqual({ 'a.jpg': ['cat'], 'b.jpg': ['dog'] });
    expect((await said(',labels\na.jpg,cat\n')).images).toEqual({ 'a.jpg': ['cat'] });
    expect((await said('file,animal\na.jpg,cat\n')).images).toEqual({ 'a.jpg': ['cat'] });
  });

  it('reads line ends of any system, sep=, empty columns and rows, and spaces around cells', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const lines = ['sep=;', 'file ; labels;;', ' a.jpg ; "cat;dog" ;;', ';;;', '', 'b.jpg;;;', ''];
      expect((await said(lines.join(end))).images).toEqual({ 'a.jpg': ['cat', 'dog'], 'b.jpg': [] });
    }
  });

  it('names the option of a delimiter that does not divide the header', async () => {
    const error = await dataError(read('file~labels\na.jpg~cat\n'), 'data/label-file-format');
    expect(error.hint).toContain('--delimiter');
    const ragged = await dataError(read('file;labels\na.jpg;cat;dog\n'), 'data/label-file-format');
    expect(ragged.hint).toContain('Set another delimiter with --delimiter.');
    expect(ragged.message).toContain('line 2: 3 cells, but the header has 2 (delimiter: ";")');
  });

  it.each<[string, string, string[]]>([
    ['is_valid', 'True,False', ['val', 'train']],
    ['is_valid', '0,1', ['train', 'val']],
    ['is_train', 'no,yes', ['val', 'train']],
    ['is_test', '1,0', ['test', 'train']],
    ['split', '0,2', ['train', 'test']],
    ['split', '0,1', ['train', 'val']],
    ['Split', 'Training,valid', ['train', 'val']],
    ['SUBSET', 'TEST,validation', ['test', 'val']],
    ['split', 'night,day', ['night', 'day']],
  ])('names the splits of %s: %s', async (column, values, names) => {
    const [first, second] = values.split(',');
    const splits = await read(`file,labels,${column}\na.jpg,cat,${first}\nb.jpg,dog,${second}\n`);
    expect(splits.map(({ name, file }) => [name, file.images[0][0]])).toEqual([
      [names[0], 'a.jpg'],
      [names[1], 'b.jpg'],
    ]);
  });

  it('reads UTF-16 by its mark, Windows-1252 on request, and else refuses what is not UTF-8', async () => {
    const path = folder.file('own.csv');
    await writeFile(path, Buffer.from('\uFEFFfile\tlabels\r\na.jpg\tcafé\r\n', 'utf16le'));
    expect(labelsByPath((await readCsv([path]))[0].file)).toEqual({ 'a.jpg': ['café'] });
    await writeFile(path, Buffer.from('file;labels\r\na.jpg;caf\xe9\r\n', 'latin1'));
    const error = await dataError(readCsv([path]), 'data/encoding');
    expect(error.message).toContain('line 2, column 10');
    expect(error.hint).toContain('--encoding windows-1252');
    const [{ file }] = await readCsv([path], { encoding: 'windows-1252' });
    expect(labelsByPath(file)).toEqual({ 'a.jpg': ['café'] });
  });

  it('finds images by names without an ending, by absolute paths inside the folder, and with an ending given', async () => {
    const { images } = await said(`image_name,tags\na,cat\n${folder.file('b.jpg')},dog\n`);
    expect(images).toEqual({ 'a.jpg': ['cat'], 'b.jpg': ['dog'] });
    expect(notes).toContainEqual('own.csv: 1 image was found under a similar name, e.g. "a" is "a.jpg"');
    await folder.touch('a.png');
    const text = 'image_name,tags\na,cat\n';
    await dataError(read(text), 'data/image-ambiguous');
    expect((await said(text, { extension: '.png' })).images).toEqual({ 'a.png': ['cat'] });
    const error = await dataError(read('image_name,tags\nz,cat\n'), 'data/image-missing');
    expect(error.message).toContain('The only image of');
    expect(error.hint).toContain('--images (relative to the working folder)');
    expect(error.hint).toContain('--extension');
    // Where another image was found, neither the folder nor the ending is what is wrong.
    const some = await dataError(read('image_name,tags\na.png,cat\nz,cat\n'), 'data/image-missing');
    expect(some.message).toMatch(/^1 of the 2 images of .* was not found in /);
    expect(some.hint).not.toMatch(/--images|--extension/);
    const both = read('image_name,tags\na.png,cat\na,dog|cow\n', { extension: 'png' });
    await dataError(both, 'data/duplicate-image');
  });
});

describe('names without folders', () => {
  const TEXT = 'file,labels\nx.jpg,cat\nY.JPG,dog\nz,cat\n';
  const readText = async (options: CsvOptions = {}) => {
    await folder.write({ 'own.csv': TEXT });
    const notes: string[] = [];
    const [split] = await readCsv([folder.file('own.csv')], { onNote: (one) => notes.push(one), ...options });
    return { split, labels: labelsByPath(split.file), notes };
  };

  it('are found in subfolders, by their spelling or a similar one, which is told', async () => {
    await folder.touch('2020/x.jpg', '2020/X.JPG', '2020/may/y.jpg', '2021/z.png', '2021/za.png');
    const { labels, notes } = await readText();
    expect(labels).toEqual({ '2020/x.jpg': ['cat'], '2020/may/y.jpg': ['dog'], '2021/z.png': ['cat'] });
    expect(notes).toContainEqual(
      'own.csv: 3 images were found in folders that the file does not give, e.g. "x.jpg" is "2020/x.jpg"',
    );
  });

  it('are refused where several files have one, and left out with those that are missing', async () => {
    await folder.touch('2020/x.jpg', '2021/x.jpg', '2020/y.jpg', '2021/z.png');
    const { message, hint } = await dataError(readText(), 'data/image-ambiguous');
    expect(message).toMatch(/lists 1 image without a folder.*"x\.jpg" may be "2020\/x\.jpg", "2021\/x\.jpg"/);
    expect(hint).toContain('--images');
    await rm(folder.file('2020/y.jpg'));
    const missing = await dataError(readText(), 'data/image-missing');
    expect(missing.message).toContain('2 of the 3 images');
    expect(missing.message).toContain('(looked in the folder itself, and by name in 2 subfolders)');
    const { split, labels } = await readText({ skipMissing: true });
    expect(labels).toEqual({ '2021/z.png': ['cat'] });
    expect([...split.leftOut]).toEqual([
      ['images that are not on disk', 1],
      ['images whose name matches several files', 1],
    ]);
  });
});

it('keeps quotes that a label of a list holds', async () => {
  const labels = ['"q"', '‘w’', 'a'];
  for (const cell of [JSON.stringify(labels), `['"q"', '‘w’', 'a']`]) {
    const { images } = await said(`file,labels\na.jpg,"${cell.replaceAll('"', '""')}"\nb.jpg,"[""b""]"\nc, ""d"".jpg,b\n`.replace('c, ""d"".jpg', '"c, ""d"".jpg"')); // prettier-ignore
    expect(images['a.jpg']).toEqual(labels);
  }
});

it('reads back the same labels from every dialect', async () => {
  const PATHS = ['a.jpg', 'b.jpg', 'c, "d".jpg'];
  const CLASSES = ['cat', 'Dog', "dog's bed", 'traffic light', 'label', 'split', '__proto__', 'Ünï', '3'];
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const bare = (cell: string) => (/[",;|\t\n]/.test(cell) ? quoted(cell) : cell);
  const python = (label: string) => (label.includes("'") ? `"${label}"` : `'${label}'`);
  const lists: Record<string, (labels: readonly string[]) => string> = {
    '|': (labels) => labels.join('|'),
    ';': (labels) => labels.join(' ; '),
    ',': (labels) => labels.join(', '),
    python: (labels) => `[${labels.map(python).join(', ')}]`,
    json: (labels) => JSON.stringify(labels),
  };
  const labels = fc.uniqueArray(fc.constantFrom(...CLASSES), { minLength: 1, maxLength: 4 });
  const dialect = fc.record({
    content: fc.tuple(labels, labels, labels),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    mark: fc.constantFrom('', '\uFEFF'),
    quote: fc.constantFrom(quoted, bare),
    layout: fc.constantFrom('one-hot', 'long', ...Object.keys(lists)),
    flags: fc.constantFrom(['1', '0'], ['1.0', '0.0'], ['True', 'False'], ['yes', 'no'], ['x', '']),
    file: fc.constantFrom('file', 'Image_Name', 'PATH'),
    column: fc.constantFrom('labels', 'Tags', 'classes'),
  });
  await fc.assert(
    fc.asyncProperty(
      dialect,
      async ({ content, delimiter, end, mark, quote, layout, flags, file, column }) => {
        const rows = [layout === 'one-hot' ? [file, ...CLASSES] : [file, column]];
        content.forEach((present, i) => {
          if (layout === 'one-hot')
            rows.push([PATHS[i], ...CLASSES.map((one) => flags[present.includes(one) ? 0 : 1])]);
          else if (layout === 'long') rows.push(...present.map((one) => [PATHS[i], one]));
          else rows.push([PATHS[i], lists[layout](present)]);
        });
        const text = mark + rows.map((row) => row.map(quote).join(delimiter) + end).join('');
        const { images } = await said(text);
        const sorted = Object.entries(images).map(([path, of]) => [path, [...of].sort()]);
        expect(sorted).toEqual(content.map((present, i) => [PATHS[i], [...present].sort()]));
      },
    ),
    { numRuns: 150 },
  );
});
