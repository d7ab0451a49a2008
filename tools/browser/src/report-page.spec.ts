import { jest } from '@jest/globals';
import {
  evaluateScores,
  evaluationDetails,
  precisionRecall,
  predictAtThreshold,
  scoreTable,
} from '@polytag/metrics';
import { evaluationReport, toHtml } from '@polytag/report';
import type { Page } from 'playwright-core';
import { axeViolations } from './axe.js';
import { findBrowser } from './browser.js';
import { openFromDisk, type PageFromDisk } from './page-from-disk.fixture.js';

// A browser starts.
jest.setTimeout(120_000);

const executable = findBrowser();
if (!executable) {
  process.stdout.write(
    'No report is opened in a browser: no Chromium or Chrome is installed (POLYTAG_CHROMIUM names one elsewhere)\n',
  );
}

/** Names that try to run a script, load something, or are too long for a line. */
const LABELS = [
  '<img src="https://example.org/x.png" onerror="document.title = \'run\'">',
  '</script><script>document.title = "run"</script>',
  'w'.repeat(120),
  'empty',
];

const SIZE = { images: 3, classes: 4 };
const TABLE = scoreTable(
  [0.9, 0.6, 0.8, 0.1, 0.2, 0.7, 0.9, 0.1, 0.1, 0.4, 0.3, 0.1],
  [1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0],
  SIZE,
);

/** A PNG of one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

/** Three images; nobody has the last label. Average precision: 1, 1/2, 1. */
function pageOf(): string {
  const subject = { model: `/models/${'m'.repeat(200)}`, dataSet: LABELS[0] };
  const report = evaluationReport(evaluateScores({ ...TABLE, labels: LABELS }), subject);
  const size = { height: 40, width: 70 };
  const heatMaps = new Map(LABELS.map((label) => [label, { type: 'image/png', bytes: PIXEL } as const]));
  const imageAt = () => ({
    name: `${'i'.repeat(200)}.jpg`,
    labels: LABELS,
    thumbnail: { type: 'image/png', bytes: PIXEL, size } as const,
    heatMaps,
  });
  return toHtml(report, { ...evaluationDetails(TABLE), imageAt });
}

(executable ? describe : describe.skip)('a report from disk', () => {
  let opened: PageFromDisk;
  let page: Page;
  beforeAll(async () => {
    opened = await openFromDisk(executable!, pageOf());
    ({ page } = opened);
  });
  afterAll(() => opened?.close());

  it('loads nothing else, breaks no rule of its policy, and runs no name', async () => {
    await page.waitForLoadState('networkidle');
    expect(opened.requests).toEqual([opened.address]);
    expect(opened.messages).toEqual([]);
    expect(await page.title()).toMatch(/^mAP 83\.33: /);
  });

  it('sorts the table of labels: numbers from high to low first, text from A to Z, then the other way', async () => {
    const names = () => page.locator('table.sortable tbody th').allTextContents();
    const sortBy = (name: string) => page.getByRole('button', { name }).click();
    // The authors' epsilon puts the label with two images above the one with one.
    const [image, script, long, empty] = LABELS;
    expect(await names()).toEqual([long, image, script, empty]);
    const byName = [...LABELS].sort((a, b) => a.localeCompare(b));
    await sortBy('label');
    expect(await names()).toEqual(byName);
    await sortBy('label');
    expect(await names()).toEqual(byName.reverse());
    await sortBy('AP');
    expect((await names()).at(-1)).toBe(empty);
    await sortBy('AP');
    expect((await names()).slice(0, 2)).toEqual([empty, script]);
    const sorted = page.locator('th[aria-sort]');
    expect([await sorted.count(), await sorted.getAttribute('aria-sort')]).toEqual([1, 'ascending']);
  });

  it('hides the labels that the filter does not name', async () => {
    const rows = page.locator('table.sortable tbody tr:visible');
    await page.getByLabel('Show labels with').fill('EMPT');
    expect(await rows.allTextContents()).toEqual([expect.stringContaining('empty')]);
    expect(await page.locator('#label-filter-told').textContent()).toBe('1 of 4 labels');
    await page.getByLabel('Show labels with').fill('');
    expect(await rows.count()).toBe(4);
  });

  it('lays heat maps over all of their pictures, before and after a threshold is moved, until they are hidden', async () => {
    const boxes = (what: string) =>
      page
        .locator(`.mistakes li:first-child ${what}`)
        .evaluateAll((found) =>
          (found as unknown as { getBoundingClientRect(): object }[]).map((one) =>
            JSON.stringify(one.getBoundingClientRect()),
          ),
        );
    const check = async () => {
      const maps = await boxes('.heated img.heat');
      expect(maps.length).toBeGreaterThan(0);
      expect(maps).toEqual(await boxes('.heated img:not(.heat)'));
      const { width, height } = JSON.parse(maps[0]);
      expect(width / height).toBeCloseTo(70 / 40, 2);
    };
    await check();
    await page.getByLabel('Label', { exact: true }).selectOption('1');
    await page.getByLabel('Threshold', { exact: true }).fill('140');
    await check();
    await page.getByLabel('Where the network found the label').uncheck();
    expect(await page.locator('img.heat:visible').count()).toBe(0);
    await page.getByLabel('Where the network found the label').check();
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByLabel('Label', { exact: true }).selectOption('-1');
    expect(opened.messages).toEqual([]);
  });

  describe('a threshold that is moved', () => {
    const slider = () => page.getByLabel('Threshold', { exact: true });
    const choose = (k: number) => page.getByLabel('Label', { exact: true }).selectOption(String(k));
    /** What the page shows: lines of the panel, cells of the table. */
    const figures = async () =>
      (await page.locator('#threshold-figures tr').all()).length === 0
        ? []
        : Promise.all(
            (await page.locator('#threshold-figures tr').all()).map(async (line) =>
              (await line.locator('td').allTextContents()).slice(0, 3),
            ),
          );
    const percent = (...fractions: number[]) => fractions.map((fraction) => (100 * fraction).toFixed(2));

    it.each([
      ['one label', 1, 130, [0.5, 0.65, 0.5, 0.5]],
      ['all labels', -1, 40, [0.2, 0.2, 0.2, 0.2]],
    ])('changes the figures as precision and recall are defined, of %s', async (_, k, step, thresholds) => {
      await page.getByRole('button', { name: 'Reset' }).click();
      await choose(k);
      await slider().fill(String(step));
      const expected = precisionRecall(TABLE, predictAtThreshold(TABLE, thresholds, 'at-least'));
      const { CP, CR, CF1, OP, OR, OF1, perClass } = expected;
      const ofLabel = percent(perClass.precision[k], perClass.recall[k], perClass.f1[k]);
      expect(await figures()).toEqual([
        ...(k < 0 ? [] : [ofLabel]),
        percent(CP, CR, CF1),
        percent(OP, OR, OF1),
      ]);
      const cells = page.locator('tr[data-label="1"] [data-live]');
      expect(await cells.allTextContents()).toEqual([
        String(thresholds[1]),
        ...percent(perClass.precision[1], perClass.recall[1], perClass.f1[1]),
      ]);
      const text = JSON.parse(await page.getByLabel('Thresholds as JSON').inputValue());
      expect(Object.entries(text.thresholds)).toEqual(LABELS.map((label, at) => [label, thresholds[at]]));
      const rule = page.locator('#decision-rule');
      expect(await rule.textContent()).toBe('at or above its threshold');
      await page.getByRole('button', { name: 'Reset' }).click();
      expect(await rule.textContent()).toBe('at a score above 0.5');
    });

    it('shows the mistakes at that threshold, by keyboard too', async () => {
      await page.getByRole('button', { name: 'Reset' }).click();
      // The name in the table chooses its label: 0.6 is right, 0.7 and 0.4 are wrong.
      await page.locator('tr[data-label="1"] button').press('Enter');
      expect(await slider().evaluate('document.activeElement.id')).toBe('threshold-value');
      const scores = async (kind: string) => page.locator(`#mistakes-${kind} strong`).allTextContents();
      await slider().fill('140');
      expect([await scores('absent'), await scores('present')]).toEqual([['0.700'], ['0.600']]);
      await slider().press('ArrowRight');
      expect([await scores('absent'), await scores('present')]).toEqual([[], ['0.600']]);
      await slider().press('Home');
      expect([await scores('absent'), await scores('present')]).toEqual([['0.700', '0.400'], []]);
      expect(await page.title()).toMatch(/^mAP/);
      expect(opened.messages).toEqual([]);
    });
  });

  it.each(['light', 'dark'] as const)('has no fault that axe-core finds, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await axeViolations(page)).toEqual([]);
    await page.emulateMedia({});
  });

  it.each([360, 390, 800, 1280])('fits a screen of %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    expect(wide).toBe(width);
  });

  it('shows the figures of a threshold in whole on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    const [whole, seen] = await page.evaluate<number[]>(
      '(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector(".scroll:has(#threshold-figures)"))',
    );
    expect(whole).toBe(seen);
  });

  it('is dark where that is preferred, and light on paper', async () => {
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const white = 'rgb(255, 255, 255)';
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await ground()).toBe(white);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await ground()).not.toBe(white);
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    expect(await ground()).toBe(white);
    await page.emulateMedia({});
  });
});
