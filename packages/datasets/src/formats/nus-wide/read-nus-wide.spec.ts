import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readNusWide } from './read-nus-wide.js';

let folder: DataFolder;
beforeEach(async () => void (folder = await DataFolder.make()));
afterEach(() => folder.remove());

describe('the split distributed with the asymmetric loss', () => {
  const rows = [
    `0001_1.jpg,"['sky', 'clouds']",train`,
    `0002_2.jpg,['animal'],val`,
    '0003_3.jpg,[],train',
    `0004_4.jpg,"['sky']",train`,
    '0005_5.jpg,,val',
  ];
  const read = async (lines: readonly string[], lineEnd = '\n', header = 'filepath,label,split_name') => {
    await folder.write({ 'nus_wid_data.csv': [header, ...lines, ''].join(lineEnd) });
    return readNusWide(folder.path);
  };
  beforeEach(() => folder.touch(...[1, 2, 3, 4, 5].map((i) => `images/000${i}_${i}.jpg`)));

  it('has the classes of both splits, sorted, and leaves out images without labels', async () => {
    const [train, val] = await read(rows);
    expect([train.name, val.name]).toEqual(['train', 'val']);
    for (const { file } of [train, val]) expect(file.classes).toEqual(['animal', 'clouds', 'sky']);
    expect(train.file.images).toEqual([
      ['images/0001_1.jpg', ['sky', 'clouds']],
      ['images/0004_4.jpg', ['sky']],
    ]);
    expect(val.file.images).toEqual([['images/0002_2.jpg', ['animal']]]);
    expect([train, val].map(({ leftOut }) => [...leftOut])).toEqual([
      [['images without labels', 1]],
      [['images without labels', 1]],
    ]);
  });

  it('reads the columns and splits in any case, other delimiters, and blank lines at the end', async () => {
    const [train, val] = await read(
      [`a;images/0001_1.jpg;"[""sky""]"; Train `, `b;images/0002_2.jpg;['sky'];validation`, '', ' ', ''],
      '\r',
      'No;FilePath;Label;Split_Name',
    );
    expect(labelsByPath(train.file)).toEqual({ 'images/0001_1.jpg': ['sky'] });
    expect(labelsByPath(val.file)).toEqual({ 'images/0002_2.jpg': ['sky'] });
  });

  it('reads Windows line ends and paths, and a byte order mark', async () => {
    const [train] = await read(
      rows.map((row) => `images\\${row}`),
      '\r\n',
      '\uFEFFfilepath,label,split_name',
    );
    expect(train.file.images[0][0]).toBe('images/0001_1.jpg');
  });

  it.each([
    ['a label that is no list', ['0001_1.jpg,sky,train'], 'data/label-file-format', 'line 2: label is sky'],
    [
      'another split',
      [...rows, `0006_6.jpg,"['sky']",test`],
      'data/label-file-format',
      'line 7: split_name is "test"',
    ],
    ['a line that is too short', [...rows.slice(0, 1), '0002_2.jpg,[]'], 'data/label-file-format', 'line 3'],
    ['a quote that is not closed', ['0001_1.jpg,"[],train'], 'data/label-file-format', 'CSV'],
    ['one image twice', [rows[0], rows[0]], 'data/duplicate-image', 'line 2 and line 3'],
    [
      'an image in both splits',
      [...rows, rows[0].replace(/train$/, 'val')],
      'data/image-in-two-splits',
      '0001_1.jpg',
    ],
    ['a path out of the folder', [`../1.jpg,"['sky']",val`], 'data/path-escape', 'line 2'],
    ['an image that is missing', [...rows, `7.jpg,"['sky']",val`], 'data/image-missing', '1 of the 2 images'],
    [
      'a split that is empty',
      rows.filter((row) => row.endsWith('train')),
      'data/empty-set',
      'lists no images',
    ],
  ])('refuses %s', async (_, lines, code, place) => {
    const error = await dataError(read(lines), code);
    expect(error.message).toContain('nus_wid_data.csv');
    expect(error.message).toContain(place);
  });

  it('refuses a file without its columns, and an empty one', async () => {
    const error = await dataError(read(rows, '\n', 'file,label,split_name'), 'data/label-file-format');
    expect(error.message).toContain('no column "filepath"');
    await folder.write({ 'nus_wid_data.csv': '' });
    await dataError(readNusWide(folder.path), 'data/label-file-format');
  });
});

describe('the original distribution', () => {
  /** Concepts in the order of the file; a line for each image, a column for each concept. */
  const CONCEPTS = ['sky', 'airport', 'clouds'];
  const labels = { Train: ['110', '000', '001'], Test: ['100', '011'] };
  const lists = {
    Train: 'actor\\0001_1.jpg\r\nactor\\0002_2.jpg\r\nzoo\\0003_3.jpg\r\n',
    Test: 'actor\\0004_4.jpg \r\nzoo\\0005_5.jpg\r\n',
  };

  beforeEach(async () => {
    await folder.write({ 'Concepts81.txt': `${CONCEPTS.join('\r\n')}\r\n` });
    for (const split of ['Train', 'Test'] as const) {
      await folder.write({ [`ImageList/${split}Imagelist.txt`]: lists[split] });
      for (const [i, concept] of CONCEPTS.entries()) {
        const column = labels[split].map((row) => `${row[i]}\r\n`).join('');
        await folder.write({ [`Groundtruth/TrainTestLabels/Labels_${concept}_${split}.txt`]: column });
      }
    }
    await folder.touch('Flickr/actor/0001_1.jpg', 'Flickr/actor/0004_4.jpg');
    await folder.touch('Flickr/zoo/0003_3.jpg', 'Flickr/zoo/0005_5.jpg');
  });

  it('puts the columns of the concepts together', async () => {
    const seen: string[] = [];
    const onProgress = (done: number, total: number) => seen.push(`${done}/${total}`);
    const [train, test] = await readNusWide(folder.path, { onProgress });
    expect([train.name, test.name]).toEqual(['train', 'test']);
    for (const { file } of [train, test]) expect(file.classes).toEqual(['airport', 'clouds', 'sky']);
    expect(labelsByPath(train.file)).toEqual({
      'Flickr/actor/0001_1.jpg': ['sky', 'airport'],
      'Flickr/zoo/0003_3.jpg': ['clouds'],
    });
    expect(labelsByPath(test.file)).toEqual({
      'Flickr/actor/0004_4.jpg': ['sky'],
      'Flickr/zoo/0005_5.jpg': ['airport', 'clouds'],
    });
    expect([...train.leftOut]).toEqual([['images without labels', 1]]);
    expect(seen).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
  });

  it('finds the concepts in their own folder, and images elsewhere', async () => {
    await folder.write({ 'ConceptsList/Concepts81.txt': CONCEPTS.join('\n') });
    await folder.touch('photos/actor/0001_1.jpg', 'photos/actor/0004_4.jpg', 'photos/zoo/0003_3.jpg');
    const options = { images: folder.file('photos'), skipMissing: true };
    const [, test] = await readNusWide(folder.path, options);
    expect(Object.keys(labelsByPath(test.file))).toEqual(['actor/0004_4.jpg']);
    expect([...test.leftOut]).toEqual([['images that are not on disk', 1]]);
  });

  it('is read instead of the other one on request', async () => {
    await folder.write({ 'nus_wid_data.csv': 'filepath,label,split_name\n' });
    const [, second] = await readNusWide(folder.path, { distribution: 'original' });
    expect(second.name).toBe('test');
    await dataError(readNusWide(folder.path), 'data/empty-set');
  });

  it.each([
    [
      'a column that is too short',
      'Groundtruth/TrainTestLabels/Labels_sky_Test.txt',
      '1\n',
      'data/label-file-format',
      'has 1 line, ',
    ],
    [
      'a value that is no label',
      'Groundtruth/TrainTestLabels/Labels_sky_Test.txt',
      '1\n2\n',
      'data/label-file-format',
      'line 2: expected 0 or 1, got "2"',
    ],
    [
      'a concept that is no name',
      'Concepts81.txt',
      'sky\n../../x\n',
      'data/label-file-format',
      'line 2: "../../x"',
    ],
    [
      'a concept without labels',
      'Concepts81.txt',
      'sky\nzebra\n',
      'data/file-missing',
      'Labels_zebra_Train.txt',
    ],
    ['a concept twice', 'Concepts81.txt', 'sky\nairport\nsky\n', 'data/duplicate-class', '"sky"'],
    [
      'an image twice',
      'ImageList/TestImagelist.txt',
      'a\\1.jpg\na\\1.jpg\n',
      'data/duplicate-image',
      'line 1 and line 2',
    ],
    [
      'an image in both splits',
      'ImageList/TestImagelist.txt',
      'actor\\0001_1.jpg\nzoo\\0005_5.jpg\n',
      'data/image-in-two-splits',
      '0001_1.jpg',
    ],
    [
      'a path out of the folder',
      'ImageList/TestImagelist.txt',
      '..\\1.jpg\na\\1.jpg\n',
      'data/path-escape',
      'line 1',
    ],
    [
      'a missing image',
      'ImageList/TestImagelist.txt',
      'actor\\0004_4.jpg\na\\1.jpg\n',
      'data/image-missing',
      'Flickr/',
    ],
  ])('refuses %s', async (_, file, content, code, place) => {
    await folder.write({ [file]: content });
    expect((await dataError(readNusWide(folder.path), code)).message).toContain(place);
  });
});

it('says what it expects in a folder that has neither', async () => {
  const error = await dataError(readNusWide(folder.path), 'data/file-missing');
  expect(error.hint).toContain('nus_wid_data.csv');
});
