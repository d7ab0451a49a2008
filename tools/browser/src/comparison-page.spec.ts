import { jest } from '@jest/globals';
import { bootstrapDifference, evaluateScores, scoreTable } from '@polytag/metrics';
import { comparedThresholds, comparison, comparisonPage } from '@polytag/report';
import { axeViolations, LOOKS } from './axe.js';
import { findBrowser } from './browser.js';
import { openFromDisk, type PageFromDisk } from './page-from-disk.fixture.js';

// A browser starts.
jest.setTimeout(120_000);

const executable = findBrowser();

/** Names that try to run a script or are too long for a line; of the last label there are too few images for an interval. */
const LABELS = ['</script><script>document.title = "run"</script>', 'dog', 'w'.repeat(120), 'rare'];
const SIZE = { images: 60, classes: 4 };
const TARGETS = Array.from({ length: 240 }, (_, i) =>
  i % 4 === 3 ? Number(i < 8) : Number((i * 11) % (3 + 2 * (i % 4)) === 0),
);

function pageOf(): string {
  const sides = [11, 13].map((step) =>
    scoreTable(
      TARGETS.map((target, i) => 0.3 * target + 0.1 * ((i * step) % 7)),
      TARGETS,
      SIZE,
    ),
  );
  const thresholds = comparedThresholds([undefined, [0.4, 0.5, 0.6, 0.5]]);
  const [a, b] = sides.map((table, i) =>
    evaluateScores({ ...table, labels: LABELS, thresholds: thresholds[i] }),
  );
  const [first, second] = sides.map((table, i) => ({ table, thresholds: thresholds[i] }));
  const intervals = bootstrapDifference(first, second, { resamples: 50 });
  const subject = { first: `/models/${'m'.repeat(200)}`, second: LABELS[0], dataSet: 'val.json' };
  return comparisonPage(comparison(a, b, intervals, subject));
}

(executable ? describe : describe.skip)('a comparison from disk', () => {
  let opened: PageFromDisk;
  beforeAll(async () => void (opened = await openFromDisk(executable!, pageOf())));
  afterAll(() => opened?.close());

  it.each(LOOKS)('fits %i px, and has no fault that axe-core finds, %s', async (width, colorScheme) => {
    const { page } = opened;
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(await axeViolations(page)).toEqual([]);
  });

  it('sorts what has no interval below all that has one', async () => {
    const { page } = opened;
    const table = page.getByRole('table', { name: 'Labels' });
    const lower = table.getByRole('button', { name: 'interval from' });
    const last = () => table.locator('tbody tr').last().locator('th').textContent();
    await lower.click();
    expect(await last()).toBe('rare');
    await lower.click();
    expect(await last()).not.toBe('rare');
  });

  it('hides the labels that the filter does not name', async () => {
    const { page } = opened;
    await page.getByLabel('Show labels with').fill('DO');
    expect(await page.locator('#label-filter-told').textContent()).toBe('2 of 4 labels');
  });

  it('loads nothing else, breaks no rule of its policy, and runs no name', async () => {
    expect(opened.requests).toEqual([opened.address]);
    expect(opened.messages).toEqual([]);
    expect(await opened.page.title()).not.toBe('run');
  });
});
