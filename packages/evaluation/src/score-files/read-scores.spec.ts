import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabelVocabulary, RandomStream } from '@polytag/core';
import { readScores, type ReadScoresOptions } from './read-scores.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-scores-'))));
afterAll(() => rm(folder, { recursive: true }));

const labels = new LabelVocabulary(['cat', 'dog', 'owl']);
const images = ['images/1.jpg', 'images/2.jpg', 'more/1.jpg'];
/** Exact in float32. */
const matrix = [0.5, 0.25, 0, 1, 0.125, 0.75, 0.375, 0.0625, 0.875];

async function read(
  content: string | Uint8Array,
  options: Partial<ReadScoresOptions> = {},
): ReturnType<typeof readScores> {
  const path = join(folder, 'scores');
  await writeFile(path, content);
  return readScores(path, { labels, images, ...options });
}

/** As NumPy writes it. */
function npy(descr: string, shape: readonly number[], data: ArrayBufferView, fortran = 'False'): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape.join(', ')},), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`, 'latin1');
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  return Buffer.concat([start, header, new Uint8Array(data.buffer)]);
}

const line = (image: string, scores: Record<string, unknown>) =>
  `${JSON.stringify({ image, labels: Object.entries(scores).map(([label, score]) => ({ label, score })) })}\n`;

const csv = `dog,image,owl,cat
0.25,images/1.jpg,0,0.5
0.125,images/2.jpg,0.75,1
0.0625,more/1.jpg,0.875,0.375
`;
const jsonl =
  line('more/1.jpg', { owl: 0.875, cat: 0.375, dog: 0.0625 }) +
  line('images/1.jpg', { cat: 0.5, dog: 0.25, owl: 0 }) +
  line('images/2.jpg', { cat: 1, owl: 0.75, dog: 0.125 });

describe('readScores', () => {
  it.each<[string, string | Uint8Array]>([
    ['CSV, columns in any order', csv],
    ['CSV with a mark, \\r\\n and semicolons', `\uFEFF${csv.replaceAll(',', ';').replaceAll('\n', '\r\n')}`],
    ['CSV with tabs and no line end at the end', csv.replaceAll(',', '\t').trimEnd()],
    [
      'CSV with quotes, spaces and blank lines',
      csv.replaceAll(/([\w/.]+)/g, ' "$1" ').replaceAll('\n', '\n\n'),
    ],
    ['JSON lines in any order', jsonl],
    ['npy of float32', npy('<f4', [3, 3], Float32Array.from(matrix))],
    ['npy of float64', npy('<f8', [3, 3], Float64Array.from(matrix))],
  ])('reads %s', async (_name, content) => {
    expect(await read(content)).toEqual({
      scores: Float64Array.from(matrix),
      withoutScores: [],
      otherImages: { count: 0, some: [] },
      otherLabels: [],
    });
  });

  it('tells rows and columns that nobody asked for, and images without a row', async () => {
    const table = `image,id,cat,dog,owl\nimages/2.jpg,7,1,0.125,0.75\nother.jpg,8,nonsense,9,9\n`;
    const found = await read(table);
    expect(found.scores).toEqual(Float64Array.of(NaN, NaN, NaN, 1, 0.125, 0.75, NaN, NaN, NaN));
    expect(found.withoutScores).toEqual([0, 2]);
    expect(found.otherImages).toEqual({ count: 1, some: ['other.jpg'] });
    expect(found.otherLabels).toEqual(['id']);
    const more = await read(jsonl.replaceAll('{"label":"cat"', '{"label":"bat","score":5},{"label":"cat"'));
    expect([more.scores, more.otherLabels]).toEqual([Float64Array.from(matrix), ['bat']]);
  });

  it('knows images and labels by the escapes that a table of predict has for what cannot be seen', async () => {
    const odd = {
      labels: new LabelVocabulary(['cat', 'a\nb', 'tab\t']),
      images: ['images/new\nline.jpg', 'images/\u200ewhatsapp.jpg'],
    };
    const table =
      'image,a\\nb,cat,tab\\t\n/x/images/\\u200ewhatsapp.jpg,0.25,0.5,0.75\nnew\\nline.jpg,1,0,0.125\n';
    const { scores, withoutScores, otherImages, otherLabels } = await read(table, odd);
    const row = (image: number) => odd.labels.names.map((_, k) => scores[image * 3 + k]);
    const values = (of: Record<string, number>) => odd.labels.names.map((name) => of[name]);
    expect(row(0)).toEqual(values({ 'a\nb': 1, cat: 0, 'tab\t': 0.125 }));
    expect(row(1)).toEqual(values({ 'a\nb': 0.25, cat: 0.5, 'tab\t': 0.75 }));
    expect([withoutScores, otherImages.count, otherLabels]).toEqual([[], 0, []]);
  });

  it('makes probabilities of logits', async () => {
    const values = [-Infinity, -800, -3, 0, 0.5, 3, 40, 800, Infinity];
    const { scores } = await read(npy('<f8', [3, 3], Float64Array.from(values)), { logits: true });
    expect(scores).toEqual(Float64Array.from(values, (z) => 1 / (1 + Math.exp(-z))));
  });

  it.each([
    [
      'another folder before',
      ['/home/me/images/1.jpg', '/home/me/images/2.jpg', '/home/me/more/1.jpg'],
      images,
    ],
    ['backslashes', ['images\\1.jpg', '.\\images\\2.jpg', 'more\\1.jpg'], images],
    ['the file name alone', ['a.jpg', 'b.jpg', 'c.jpg'], ['x/a.jpg', 'y/b.jpg', 'c.jpg']],
    ['a folder that is not there', ['new/a.jpg', 'new/b.jpg', 'new/c.jpg'], ['x/a.jpg', 'y/b.jpg', 'c.jpg']],
    ['shorter paths', ['x/1.jpg', 'y/1.jpg', 'z/1.jpg'], ['all/x/1.jpg', 'all/y/1.jpg', 'all/z/1.jpg']],
  ])('finds images by %s', async (_name, given, names) => {
    const rows = given.map((name, i) => `${name},${matrix.slice(3 * i, 3 * i + 3).join()}`);
    const found = await read(`image,cat,dog,owl\n${rows.join('\n')}`, { images: names });
    expect(found.scores).toEqual(Float64Array.from(matrix));
  });

  it('prefers the row whose path fits best, wherever it stands', async () => {
    const rows = ['train/a.jpg,1,1,1', 'val/a.jpg,0.5,0.5,0.5', 'test/a.jpg,0,0,0'];
    for (const order of [rows, [rows[1], rows[0], rows[2]]]) {
      const found = await read(`image,cat,dog,owl\n${order.join('\n')}`, { images: ['val/a.jpg'] });
      expect([...found.scores]).toEqual([0.5, 0.5, 0.5]);
      expect(found.otherImages.count).toBe(2);
    }
  });

  it.each<[string, string | Uint8Array, string, RegExp]>([
    ['an empty file', '', 'data/scores-of-others', /has no scores/],
    ['no column of images', 'a,cat,dog,owl\n', 'data/score-file-format', /no column "image"/],
    ['a label twice', 'image,cat,dog,owl,cat\n', 'data/score-file-format', /two columns "cat"/],
    ['missing columns', 'image,cat\n', 'data/label-without-scores', /2 of the 3 labels: "dog", "owl"/],
    ['a short row', 'image,cat,dog,owl\nimages/1.jpg,1,1\n', 'data/score-file-format', /line 2.*only 3/],
    ['a long row', 'image,cat,dog,owl\nimages/1.jpg,1,1,1,1\n', 'data/score-file-format', /line 2.*more/],
    [
      'a word',
      csv.replace('0.125', 'high'),
      'data/score-not-a-number',
      /line 3: .*"images\/2.jpg" for "dog"/,
    ],
    ['an empty cell', csv.replace('0.125', ''), 'data/score-not-a-number', /line 3/],
    ['NaN', csv.replace('0.125', 'nan'), 'data/score-not-a-number', /line 3/],
    ['two points', csv.replace('0.125', '0.1.25'), 'data/score-not-a-number', /line 3/],
    ['1.5', csv.replace('0.125', '1.5'), 'data/not-a-probability', /"images\/2.jpg" for "dog" is 1.5/],
    [
      'a logit',
      csv.replace('0.125', '-2e0'),
      'data/not-a-probability',
      /is -2; expected a probability from 0 to 1/,
    ],
    [
      'an image twice',
      `${csv}1,images/2.jpg,1,1\n`,
      'data/duplicate-image',
      /"images\/2.jpg" twice, in lines 3 and 5/,
    ],
    [
      'an image twice, otherwise written',
      `${csv.replace('images/2', './images/2')}1,/a/images/2.jpg,1,1\n`,
      'data/duplicate-image',
      /lines 3 and 5, there as "\/a\/images\/2.jpg"/,
    ],
    [
      'a file name of two images',
      csv.replace('images/1.jpg', '1.jpg'),
      'data/ambiguous-image',
      /"images\/1.jpg" or "more\/1.jpg"/,
    ],
    [
      'other images',
      'image,cat,dog,owl\nx.jpg,1,1,1\n',
      'data/scores-of-others',
      /"x.jpg", the label file "images\/1.jpg"/,
    ],
    ['UTF-16', Buffer.from('\uFEFFimage,cat', 'utf16le'), 'data/encoding', /UTF-16/],
    ['a line that was cut off', jsonl.slice(0, -9), 'data/not-json', /line 3 is not valid JSON/],
    [
      'only what is predicted',
      line('images/1.jpg', { cat: 1 }),
      'data/label-without-scores',
      /line 1 has no scores for 2 of the 3/,
    ],
    [
      'a label twice in a line',
      jsonl.replace('"owl"', '"dog"'),
      'data/score-file-format',
      /line 1: "dog" has two scores/,
    ],
    ['NaN as JSON has it', jsonl.replace('0.25', 'null'), 'data/score-not-a-number', /line 2/],
    ['scores as text', jsonl.replace('0.25', '"0.25"'), 'data/score-file-format', /line 2/],
    ['a label file', '{"classes": [], "images": []}', 'data/score-file-format', /is a label file/],
    ['a list', `[${jsonl.trim().replaceAll('\n', ',')}]`, 'data/score-file-format', /a JSON list/],
    ['an npz', Buffer.from('PK\x03\x04'), 'data/score-file-format', /zip/],
    ['a cut npy', npy('<f4', [3, 3], Float32Array.from(matrix)).slice(0, -1), 'data/npy', /needs 36 bytes/],
    ['integers', npy('<i4', [3, 3], Int32Array.from(matrix)), 'data/npy', /I32/],
    ['Fortran order', npy('<f4', [3, 3], Float32Array.from(matrix), 'True'), 'data/npy', /Fortran/],
    ['another shape', npy('<f4', [9], Float32Array.from(matrix)), 'data/scores-shape', /expected \[3, 3\]/],
    [
      'NaN in npy',
      npy(
        '<f4',
        [3, 3],
        Float32Array.from(matrix, (v) => (v === 1 ? NaN : v)),
      ),
      'data/score-not-a-number',
      /row 1: .*"images\/2.jpg" for "cat"/,
    ],
  ])('refuses %s', async (_name, content, code, message) => {
    await expect(read(content)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('says what to do about logits, predicted labels, and a matrix that lies on its side', async () => {
    const hintOf = (content: string | Uint8Array, some: Partial<ReadScoresOptions> = {}) =>
      read(content, some).then(String, (error: { hint: string }) => error.hint);
    expect(await hintOf(csv.replace('0.125', '7'))).toContain('--logits');
    expect(await hintOf(line('images/1.jpg', { cat: 1 }))).toContain('predict --scores');
    expect(await hintOf(npy('<f4', [3, 2], new Float32Array(6)), { images: ['a', 'b'] })).toContain(
      'Transpose',
    );
  });

  it('reads every decimal as the language does', async () => {
    const random = new RandomStream(1, 'decimals');
    const texts = Array.from({ length: 3000 }, (_, i) => {
      const value = random.uniform() * 10 ** -random.integer(i % 3 === 0 ? 30 : 4);
      return [String(value), value.toExponential(random.integer(18)), value.toFixed(random.integer(20))][
        i % 3
      ];
    });
    const odd = [
      '0',
      '1',
      '.5',
      '1.',
      '00.50',
      '1e-400',
      '5e-324',
      '9007199254740993e-16',
      '0.1234567890123456789',
      '+0.5',
      '1E-2',
      '1e+0',
      '0.000000000000000000000001',
    ];
    const all = [...texts, ...odd];
    const { scores } = await read(`image,cat\n${all.map((text, i) => `${i},${text}\n`).join('')}`, {
      labels: new LabelVocabulary(['cat']),
      images: all.map((_, i) => String(i)),
    });
    expect([...scores]).toEqual(all.map(Number));
  });

  it('reads lines across the parts that a file comes in, and tells how far it is', async () => {
    const names = Array.from({ length: 150_000 }, (_, i) => `${'folder/'.repeat(5)}${i}.jpg`);
    const seen: number[] = [];
    const { scores } = await read(`image,cat\n${names.map((name, i) => `${name},0.${i}\n`).join('')}`, {
      labels: new LabelVocabulary(['cat']),
      images: names,
      report: (bytes, total) => seen.push(bytes / total),
    });
    expect(scores.every((score, i) => score === Number(`0.${i}`))).toBe(true);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toBe(1);
  });
});
