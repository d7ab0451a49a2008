import { bootstrapDifference, evaluateScores, scoreTable } from '@polytag/metrics';
import { comparison } from '../comparison.js';
import { toComparisonTable } from '../comparison-table.js';
import { smallTable } from '../evaluation.fixture.js';
import { textWidth } from '../text-width.js';
import { comparisonPage } from './comparison-page.js';
import { parsePage } from './page.fixture.js';

const strange = ['a<b>"&', '‮evil', 'a'.repeat(90), 'zebra'];

/** The small table ten times, so that its labels have 20, 10, 20 and 0 images, beside the same turned round. */
function small(labels: readonly string[], times = 10) {
  const { scores, targets, images, classes } = smallTable.table;
  const repeated = (values: ArrayLike<number>) =>
    Array.from({ length: times * values.length }, (_, i) => values[i % values.length]);
  const size = { images: times * images, classes };
  const table = scoreTable(repeated(scores), repeated(targets), size);
  const other = scoreTable(repeated(scores.map((score) => 1 - score)), repeated(targets), size);
  const [a, b] = [table, other].map((one) => evaluateScores({ ...one, labels }));
  const intervals = bootstrapDifference({ table }, { table: other }, { resamples: 50 });
  return comparison(a, b, intervals, { first: 'one<', second: 'two', dataSet: 'val.json' });
}

it('is well-formed whatever labels are called, with a row for each that occurs', () => {
  const page = parsePage(comparisonPage(small(strange)));
  expect(page.faults).toEqual([]);
  const rows = page.find('tr').map(({ attributes }) => attributes['data-filter']);
  expect(rows.filter((name) => name !== undefined)).toHaveLength(3);
  expect(page.find('h1').map(({ text }) => text)).toEqual(['Comparison']);
  // A drawing tells those who cannot see it what it shows.
  const [drawing] = page.find('svg');
  expect(drawing.attributes).toMatchObject({
    role: 'img',
    'aria-labelledby': 'differences-title differences-desc',
  });
});

it('draws an interval from its lower to its upper end, with the difference between', () => {
  const compared = small(['boat', 'car', 'dog', 'zebra']);
  const page = parsePage(comparisonPage(compared));
  const numbers = page.find('path', 'interval').map(({ attributes }) =>
    attributes['d']
      .match(/^M([\d.]+) [\d.]+H([\d.]+)$/)!
      .slice(1)
      .map(Number),
  );
  const centres = page.find('circle').map(({ attributes }) => Number(attributes['cx']));
  expect(numbers).toHaveLength(3);
  numbers.forEach(([from, to], i) => expect([from <= centres[i], centres[i] <= to]).toEqual([true, true]));
});

it('gives a label with fewer than ten images no interval, and no place in the drawing', () => {
  // boat and dog have 10 images, car 5.
  const page = parsePage(comparisonPage(small(['boat', 'car', 'dog', 'zebra'], 5)));
  expect(page.find('circle')).toHaveLength(2);
  const rows = page.find('tr').filter(({ attributes }) => attributes['data-filter'] !== undefined);
  expect(rows.map(({ text }) => text.includes('––'))).toEqual([false, true, false]);
});

it('fits a terminal', () => {
  const lines = toComparisonTable(small(strange), { width: 80 }).split('\n');
  expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(80);
});
