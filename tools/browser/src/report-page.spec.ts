import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { jest } from '@jest/globals';
import { evaluateScores, evaluationDetails, scoreTable } from '@polytag/metrics';
import { evaluationReport, toHtml } from '@polytag/report';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, launchBrowser } from './browser.js';

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

/** Three images; nobody has the last label. Average precision: 1, 1/2, 1. */
function pageOf(): string {
  const scores = [0.9, 0.6, 0.8, 0.1, 0.2, 0.7, 0.9, 0.1, 0.1, 0.4, 0.3, 0.1];
  const targets = [1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0];
  const table = scoreTable(scores, targets, { images: 3, classes: 4 });
  const subject = { model: `/models/${'m'.repeat(200)}`, dataSet: LABELS[0] };
  const report = evaluationReport(evaluateScores({ ...table, labels: LABELS }), subject);
  const imageAt = () => ({ name: `${'i'.repeat(200)}.jpg`, labels: LABELS });
  return toHtml(report, { ...evaluationDetails(table), imageAt });
}

(executable ? describe : describe.skip)('a report from disk', () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const messages: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-report-'));
    const file = join(folder, 'report.html');
    await writeFile(file, pageOf());
    browser = await launchBrowser(executable!);
    page = await browser.newPage();
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(error.message));
    await page.goto(pathToFileURL(file).href);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  it('loads nothing else, breaks no rule of its policy, and runs no name', async () => {
    await page.waitForLoadState('networkidle');
    expect(requests).toEqual([pathToFileURL(join(folder, 'report.html')).href]);
    expect(messages).toEqual([]);
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

  it.each([360, 800, 1600])('fits a screen of %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    expect(wide).toBe(width);
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
