import { writeFile } from 'node:fs/promises';
import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readVoc, VOC_CLASSES, type VocOptions } from './read-voc.js';

let folder: DataFolder;
beforeEach(async () => void (folder = await DataFolder.make()));
afterEach(() => folder.remove());

/** An annotation as published, with the elements that classification does not need. */
const xml = (id: string, objects: string) => `<annotation>
	<folder>VOC2007</folder>
	<filename>${id}.jpg</filename>
	<source><database>The VOC2007 Database</database><image>flickr</image></source>
	<owner><name>someone &amp; others</name></owner>
	<size><width>353</width><height>500</height><depth>3</depth></size>
	<segmented>1</segmented>
${objects}</annotation>
`;
const object = (name: string, difficult = 0, more = '') => `	<object>
		<name>${name}</name>
		<pose>Left</pose>
		<truncated>1</truncated>
		<difficult>${difficult}</difficult>
		<bndbox><xmin>48</xmin><ymin>240</ymin><xmax>195</xmax><ymax>371</ymax></bndbox>
${more}	</object>
`;
const HEAD = '<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>';

/** Writes a list and its annotations and images, and reads it. */
async function read(images: Readonly<Record<string, string>>, options?: VocOptions) {
  const ids = Object.keys(images);
  await folder.write({ 'ImageSets/Main/trainval.txt': ids.map((id) => `${id}\n`).join('') });
  for (const id of ids) await folder.write({ [`Annotations/${id}.xml`]: images[id] });
  await folder.touch(...ids.map((id) => `JPEGImages/${id}.jpg`));
  return (await readVoc(folder.path, ['trainval'], options))[0];
}

it('lists every object of each image, difficult ones too, and keeps images without any', async () => {
  const { name, file, leftOut } = await read({
    '000012': xml('000012', object('person', 0, HEAD) + object('dog') + object('person', 1)),
    '2008_000002': xml('2008_000002', ''),
  });
  expect(name).toBe('trainval');
  expect(file.classes).toEqual(VOC_CLASSES);
  expect(file.images).toEqual([
    ['JPEGImages/000012.jpg', ['person', 'dog', 'person']],
    ['JPEGImages/2008_000002.jpg', []],
  ]);
  expect(leftOut.size).toBe(0);
});

it('has the classes of the method, sorted', () => {
  expect(VOC_CLASSES).toHaveLength(20);
  expect([...VOC_CLASSES].sort()).toEqual(VOC_CLASSES);
});

it('passes over difficult objects on request, and counts them', async () => {
  const images = {
    '000001': xml('1', object('cat', 1) + object('sofa')),
    '000002': xml('2', object('cat', 1)),
  };
  const { file, leftOut } = await read(images, { difficult: 'ignore' });
  expect(labelsByPath(file)).toEqual({ 'JPEGImages/000001.jpg': ['sofa'], 'JPEGImages/000002.jpg': [] });
  expect([...leftOut]).toEqual([['difficult objects', 2]]);
});

it('makes a label unknown on request that only difficult objects have', async () => {
  const { file, leftOut } = await read(
    { '000001': xml('1', object('cat', 1) + object('sofa') + object('sofa', 1) + object('cat', 1)) },
    { difficult: 'unknown' },
  );
  expect(file.images).toEqual([['JPEGImages/000001.jpg', ['sofa'], { unknown: ['cat'] }]]);
  expect(leftOut.size).toBe(0);
});

it('reads Windows line ends, byte order marks and an XML declaration, and tells how far it is', async () => {
  await folder.touch('photos/000001.jpg', 'photos/000003.jpg');
  const text = `\uFEFF<?xml version="1.0" encoding="utf-8"?>\r\n${xml('1', object('bus')).replaceAll('\n', '\r\n')}`;
  await folder.write({
    'ImageSets/Main/train.txt': '\uFEFF000001 \r\n\r\n',
    'ImageSets/Main/val.txt': '000003\r\n',
    'Annotations/000001.xml': text,
    'Annotations/000003.xml': text,
  });
  const seen: string[] = [];
  const [train, val] = await readVoc(folder.path, ['train', 'val'], {
    images: folder.file('photos'),
    onProgress: (done, total) => seen.push(`${done}/${total}`),
  });
  expect(train.root).toBe(folder.file('photos'));
  expect([train, val].map(({ file }) => labelsByPath(file))).toEqual([
    { '000001.jpg': ['bus'] },
    { '000003.jpg': ['bus'] },
  ]);
  expect(seen).toEqual(['1/2', '2/2']);
});

it('reads an annotation in the encoding that it declares', async () => {
  await folder.touch('JPEGImages/000001.jpg', 'Annotations/000001.xml');
  await folder.write({ 'ImageSets/Main/train.txt': '000001\n' });
  const text = `<?xml version="1.0" encoding="ISO-8859-1"?>\n${xml('1', object('bus')).replace('someone', 'André')}`;
  await writeFile(folder.file('Annotations/000001.xml'), Buffer.from(text, 'latin1'));
  const [{ file }] = await readVoc(folder.path, ['train'], {});
  expect(file.images).toEqual([['JPEGImages/000001.jpg', ['bus']]]);
});

it('names an encoding that it does not read', async () => {
  const read = folder.file('Annotations/000001.xml');
  await folder.touch('JPEGImages/000001.jpg', 'Annotations/000001.xml');
  await folder.write({ 'ImageSets/Main/train.txt': '000001\n' });
  await writeFile(read, Buffer.from(`<?xml version="1.0" encoding="GB2312"?><annotation>\xb9\xb7</annotation>`, 'latin1')); // prettier-ignore
  await expect(readVoc(folder.path, ['train'], {})).rejects.toMatchObject({
    code: 'data/encoding',
    message: expect.stringContaining('declares the encoding GB2312, which is not supported'),
    hint: expect.stringContaining('iconv -f GB2312'),
  });
});

it.each([
  '<difficult/>',
  '<difficult></difficult>',
  '<difficult>Unspecified</difficult>',
  '<difficult> 0 </difficult>',
  '',
  '<difficult>false</difficult>',
])('takes an object with %s for one that is not difficult', async (difficult) => {
  const objects = `<object><name>dog</name>${difficult}</object>`;
  const { file } = await read({ '000001': xml('1', objects) }, { difficult: 'ignore' });
  expect(labelsByPath(file)).toEqual({ 'JPEGImages/000001.jpg': ['dog'] });
});

it('takes names of elements and classes in any case, lists with endings or folders, and endings in capitals', async () => {
  const upper = '<Annotation><OBJECT><Name> Dog </Name><Difficult>TRUE</Difficult></OBJECT></Annotation>';
  await folder.write({
    'ImageSets/Main/train.txt': '000001.jpg\r./000002.JPG\rJPEGImages\\IMG 3.b\r\r',
    ...Object.fromEntries(['000001', '000002', 'IMG 3.b'].map((id) => [`Annotations/${id}.xml`, upper])),
  });
  await folder.touch('JPEGImages/000001.jpg', 'JPEGImages/000002.JPG', 'JPEGImages/IMG 3.b.jpg');
  const [{ file, leftOut }] = await readVoc(folder.path, ['train']);
  expect(labelsByPath(file)).toEqual({
    'JPEGImages/000001.jpg': ['dog'],
    'JPEGImages/000002.JPG': ['dog'],
    'JPEGImages/IMG 3.b.jpg': ['dog'],
  });
  expect(leftOut.size).toBe(0);
  const [ignoring] = await readVoc(folder.path, ['train'], { difficult: 'ignore' });
  expect([...ignoring.leftOut]).toEqual([['difficult objects', 3]]);
});

it('reads what <difficult> says only where it matters', async () => {
  const images = { '000001': xml('1', object('dog', 2)) };
  expect(labelsByPath((await read(images)).file)).toEqual({ 'JPEGImages/000001.jpg': ['dog'] });
  const error = await dataError(read(images, { difficult: 'ignore' }), 'data/label-file-format');
  expect(error.message).toContain('<difficult> of object 1 is "2"');
});

it('finds images of another format than JPEG', async () => {
  await folder.write({
    'ImageSets/Main/train.txt': '000001\n',
    'Annotations/000001.xml': xml('1', object('dog')),
  });
  await folder.touch('JPEGImages/000001.png');
  const [{ file }] = await readVoc(folder.path, ['train']);
  expect(labelsByPath(file)).toEqual({ 'JPEGImages/000001.png': ['dog'] });
});

it('takes labels of its own on request, and says how', async () => {
  const images = { '000001': xml('1', object('unicorn') + object('dog')), '000002': xml('2', object('Dog')) };
  expect((await dataError(read(images), 'data/unknown-label')).hint).toContain('--own-labels');
  const { file } = await read(images, { ownLabels: true });
  expect(file.classes).toEqual(['Dog', 'dog', 'unicorn']);
  expect(labelsByPath(file)).toEqual({
    'JPEGImages/000001.jpg': ['unicorn', 'dog'],
    'JPEGImages/000002.jpg': ['Dog'],
  });
});

it('says how a sign is written that XML does not take', async () => {
  const error = await dataError(read({ '000001': xml('1', '<folder>A & B</folder>') }), 'data/not-xml');
  expect(error.hint).toContain('&amp;');
});

describe('refuses', () => {
  it.each([
    [
      'a class of another data set',
      xml('1', object('dog') + object('unicorn')),
      'data/unknown-label',
      'line 1: the image "000001.jpg" has the label "unicorn"',
    ],
    [
      'an object without a name',
      xml('1', object('dog') + '<object><pose/></object>'),
      'data/label-file-format',
      'object 2 has no <name>',
    ],
    [
      'objects that stand in another element',
      xml('1', `<objects>${object('dog')}</objects>`),
      'data/label-file-format',
      'its objects are in <objects>',
    ],
    ['another document', '<dog/>', 'data/label-file-format', '<dog>'],
    ['XML that breaks off', xml('1', object('dog')).slice(0, 300), 'data/not-xml', 'line'],
    ['an entity that is not defined', xml('1', object('&dog;')), 'data/not-xml', 'line'],
    [
      'an entity that reads a file',
      `<!DOCTYPE annotation [<!ENTITY dog SYSTEM "file:///etc/hostname">]>${xml('1', object('&dog;'))}`,
      ...['data/not-xml', 'line'],
    ],
  ])('%s', async (_, content, code, place) => {
    const error = await dataError(read({ '000001': content }), code);
    expect(error.message).toContain(code === 'data/unknown-label' ? 'trainval.txt' : '000001.xml');
    expect(error.message).toContain(place);
  });

  it('lists that are of one class, escape, repeat, overlap or are empty', async () => {
    const one = xml('1', object('dog'));
    await read({ '000001': one, '000002': one });
    const list = async (text: string, code: string) => {
      await folder.write({ 'ImageSets/Main/trainval.txt': text });
      return (await dataError(readVoc(folder.path, ['trainval']), code)).message;
    };
    expect(await list('000001  1\n000002 -1\n', 'data/label-file-format')).toContain('line 1: "000001  1"');
    expect(await list('000001\n../000002\n', 'data/label-file-format')).toContain('line 2: "../000002"');
    expect(await list('000001\n000002\n\n000001\n', 'data/duplicate-image')).toContain('line 1 and line 4');
    await list('\n', 'data/empty-set');
    await folder.write({
      'ImageSets/Main/trainval.txt': '000001\n',
      'ImageSets/Main/test.txt': '000002\n000001\n',
    });
    await dataError(readVoc(folder.path, ['trainval', 'test']), 'data/image-in-two-splits');
  });

  it('missing lists, annotations and images; images may be left out', async () => {
    const one = xml('1', object('dog'));
    await dataError(readVoc(folder.path, ['trainval']), 'data/file-missing');
    await read({ '000001': one });
    await folder.write({ 'ImageSets/Main/trainval.txt': '000001\n000002\n' });
    expect((await dataError(readVoc(folder.path, ['trainval']), 'data/file-missing')).message).toContain(
      '000002.xml',
    );
    await folder.write({ 'Annotations/000002.xml': one });
    const error = await dataError(readVoc(folder.path, ['trainval']), 'data/image-missing');
    expect(error.message).toContain('1 of the 2 images');
    expect(error.message).toContain('"000002.jpg"');
    const [{ file, leftOut }] = await readVoc(folder.path, ['trainval'], { skipMissing: true });
    expect(labelsByPath(file)).toEqual({ 'JPEGImages/000001.jpg': ['dog'] });
    expect([...leftOut]).toEqual([['images that are not on disk', 1]]);
  });
});
