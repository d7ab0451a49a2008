import { createHash } from 'node:crypto';
import { DECISION_SCRIPT } from './decision-script.js';
import { labelIssuesPage, type LabelIssues } from './label-issues-page.js';
import { parsePage } from './page.fixture.js';

const JPEG = { type: 'image/jpeg', bytes: Uint8Array.of(0xff, 0xd8, 255, 0) } as const;

const issues: LabelIssues = {
  dataSet: 'birds/train.json',
  images: 1234,
  extra: 3,
  missing: 2,
  shown: [
    {
      name: 'a "quoted", <name>.jpg',
      labels: ['<b>dog</b>', 'cat'],
      thumbnail: JPEG,
      suspected: [
        { label: '<b>dog</b>', kind: 'extra', score: 0.0123, probability: 0.0002 },
        { label: 'horse', kind: 'missing', score: 0.2, probability: 0.876 },
      ],
    },
    {
      name: 'b.jpg',
      labels: [],
      suspected: [{ label: 'cat', kind: 'missing', score: 0.3, probability: 0.051 }],
    },
  ],
};

describe('labelIssuesPage', () => {
  const html = labelIssuesPage(issues);
  const page = parsePage(html);

  it.each([
    ['with issues', html],
    ['without', labelIssuesPage({ ...issues, extra: 0, missing: 0, shown: [] })],
  ])('is a page that the HTML standard finds no fault with, %s', (_, text) => {
    const { faults, elements } = parsePage(text);
    expect(faults).toEqual([]);
    expect(elements.filter(({ tag }) => tag === 'h1')).toHaveLength(1);
    expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('shows each image with its labels and what is suspected', () => {
    const cards = page.find('li').filter(({ attributes }) => 'data-image' in attributes);
    expect(cards.map(({ attributes }) => attributes['data-image'])).toEqual([
      'a "quoted", <name>.jpg',
      'b.jpg',
    ]);
    expect(cards[0].text).toContain('labels: <b>dog</b>, cat');
    expect(cards[1].text).toContain('labels: none');
    const questions = page
      .find('fieldset')
      .map(({ attributes, text }) => [attributes['data-label'], attributes['data-kind'], text.trim()]);
    expect(questions).toEqual([
      ['<b>dog</b>', 'extra', '<b>dog</b> is given and seems wrong score 0.012, model below 0.1 %'],
      ['horse', 'missing', 'horse seems to be missing score 0.200, model 88 %'],
      ['cat', 'missing', 'cat seems to be missing score 0.300, model 5.1 %'],
    ]);
    expect(page.find('img')[0].attributes['alt']).toBe('Labelled <b>dog</b>, cat');
  });

  it('says how many are not shown', () => {
    expect(page.find('p', 'note')[0].text).toContain('2 more are in issues.csv');
  });

  it('lets its own script run and nothing else', () => {
    const digest = createHash('sha256').update(DECISION_SCRIPT.source).digest('base64');
    expect(DECISION_SCRIPT.hash).toBe(`sha256-${digest}`);
    const [policy] = page
      .find('meta')
      .flatMap(({ attributes }) => attributes['content']?.match(/default-src.*/) ?? []);
    expect(policy).toBe(
      `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '${DECISION_SCRIPT.hash}'`,
    );
  });
});
