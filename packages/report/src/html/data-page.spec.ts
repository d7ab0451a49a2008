import type { DataReport } from '../data-report.js';
import { dataPage } from './data-page.js';
import { SHOWN_GROUPS } from './group-gallery.js';
import { parsePage } from './page.fixture.js';

const NAME = '<img src=x onerror="alert(1)">';
const spread = { least: 10, median: 20, most: 40 };
const file = (
  name: string,
  more: Partial<DataReport['files'][number]> = {},
): DataReport['files'][number] => ({
  name,
  images: 1200,
  meanLabels: 1,
  labels: [
    { label: 'cat', images: 3, known: 1200 },
    { label: NAME, images: 700, known: 900 },
    { label: 'empty', images: 0, known: 1200 },
  ],
  unreadable: [{ image: NAME, code: 'data/image-missing', reason: `The image ${NAME} is missing.` }],
  rare: [{ label: 'cat', images: 3 }],
  alwaysTogether: [{ labels: ['a', 'b'], images: 4 }],
  lookAlikes: [['Cat', 'cat']],
  pictures: {
    ...{ images: 1199, fileBytes: 5e6, width: spread, height: spread, aspectRatio: spread },
    formats: [['jpeg', 1199]],
    colours: [['RGB', 1199]],
  },
  ...more,
});
const group = (more: Partial<DataReport['duplicates']['groups'][number]> = {}) => ({
  kind: 'near' as const,
  similarity: 0.97,
  isBetweenFiles: false,
  labelsThatDiffer: ['cat'],
  images: [
    { file: 'a/train.json', image: 'one.jpg', labels: ['cat', NAME], copy: 'first' as const },
    { file: 'a/train.json', image: NAME, labels: [], copy: 'near' as const },
  ],
  ...more,
});
const report = (
  groups: readonly DataReport['duplicates']['groups'][number][],
  files = [file('a/train.json')],
) => ({
  files,
  duplicates: { exactCopies: 1, nearCopies: 2, groups },
});
const png = { type: 'image/png', bytes: Uint8Array.of(1, 2, 3) } as const;

it('is sound HTML in which no name is markup, with a picture where there is one', () => {
  const page = parsePage(
    dataPage(
      report(
        [group(), group({ isBetweenFiles: true })],
        [file('a/train.json'), file('a/val.json', { pictures: null })],
      ),
      (g, i) => (g === 0 && i === 1 ? png : undefined),
    ),
  );
  expect(page.faults).toEqual([]);
  expect(page.find('img').map(({ attributes }) => attributes['src'])).toEqual(['data:image/png;base64,AQID']);
  expect(
    page.elements.filter(({ attributes }) => Object.keys(attributes).some((key) => key.startsWith('on'))),
  ).toEqual([]);
  expect(page.find('title')[0].text).toBe('Data: a/train.json, a/val.json');
  const ids = page.elements.flatMap(({ attributes: { id } }) => (id ? [id] : []));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { attributes } of page.find('a')) expect(ids).toContain(attributes['href'].slice(1));
});

it('shows figures, groups with their labels, and what is wrong with labels and images', () => {
  const page = parsePage(
    dataPage(report([group(), group({ kind: 'exact', labelsThatDiffer: [] })]), () => undefined),
  );
  const figures = page.find('dd', 'value').map(({ text }) => text);
  // Images, unreadable, exact, near, groups with different labels.
  expect(figures).toEqual(['1,200', '1', '1', '2', '1']);
  const titles = page.find('h3').map(({ text }) => text);
  expect(titles.slice(0, 2)).toEqual(['1. Near copies, similarity 0.970', '2. Exact copies']);
  const text = page.find('main')[0].text;
  for (const said of [
    'Labels differ: cat',
    'labels: none',
    `The image ${NAME} is missing.`,
    'Without images: empty',
    'With few images: cat (3)',
    'Always together: a and b (4 images)',
    'Names that look alike: Cat and cat',
    '10 to 40, median 20',
  ])
    expect(text).toContain(said);
});

it('shows images that are alike apart from duplicates, where features were compared', () => {
  const alike = { cosine: 0.9, groups: [group({ similarity: 0.91 })] };
  const html = dataPage(
    { ...report([group()]), alike },
    () => undefined,
    (g, i) => (g + i === 0 ? png : undefined),
  );
  const page = parsePage(html);
  expect(page.faults).toEqual([]);
  expect(page.find('img')).toHaveLength(1);
  expect(
    page
      .find('h3')
      .map(({ text }) => text)
      .slice(0, 2),
  ).toEqual(['1. Near copies, similarity 0.970', '1. Similar, lowest cosine 0.910']);
  expect(page.find('a').map(({ attributes }) => attributes['href'])).toContain('#alike');
  expect(
    parsePage(dataPage(report([group()]), () => undefined))
      .find('h2')
      .map(({ attributes }) => attributes['id']),
  ).not.toContain('alike');
});

it('shows so many groups and says how many more there are', () => {
  const page = parsePage(
    dataPage(report(Array.from({ length: SHOWN_GROUPS + 7 }, () => group())), () => undefined),
  );
  expect(page.find('div', 'group')).toHaveLength(SHOWN_GROUPS);
  expect(page.find('main')[0].text).toContain('7 more groups are not shown');
});
