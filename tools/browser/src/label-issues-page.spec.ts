import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { dataPage, labelIssuesPage, type DataReport } from '@polytag/report';
import type { Page } from 'playwright-core';
import { axeViolations, LOOKS } from './axe.js';
import { findBrowser } from './browser.js';
import { openFromDisk, type PageFromDisk } from './page-from-disk.fixture.js';

// A browser starts.
jest.setTimeout(120_000);

const executable = findBrowser();
const NAME = `${'long'.repeat(40)}/a "b", c.jpg`;

const html = labelIssuesPage({
  dataSet: 'birds/train.json',
  images: 2,
  extra: 1,
  missing: 1,
  shown: [
    {
      name: NAME,
      labels: ['w'.repeat(120)],
      suspected: [
        { label: 'w'.repeat(120), kind: 'extra', score: 0.01, probability: 0.001 },
        {
          label: '</script><script>document.title = "run"</script>',
          kind: 'missing',
          score: 0.1,
          probability: 0.9,
        },
      ],
    },
  ],
});

const spread = { least: 1, median: 2, most: 3 };
const copies = (kind: 'exact' | 'near') => ({
  kind,
  similarity: 0.99,
  isBetweenFiles: false,
  labelsThatDiffer: ['cat'],
  images: (['first', kind] as const).map((copy) => ({
    file: 'birds/train.json',
    image: NAME,
    labels: ['w'.repeat(120)],
    copy,
  })),
});
/** Something in each section. */
const findings: DataReport = {
  files: [
    {
      name: 'birds/train.json',
      images: 3,
      meanLabels: 1,
      labels: [
        { label: 'w'.repeat(120), images: 2, known: 3 },
        { label: 'cat', images: 1, known: 2 },
      ],
      unreadable: [{ image: NAME, code: 'data/image-truncated', reason: `${NAME} is cut off.` }],
      rare: [{ label: 'cat', images: 1 }],
      alwaysTogether: [{ labels: ['cat', 'w'.repeat(120)], images: 2 }],
      lookAlikes: [['cat', 'Cat']],
      pictures: {
        images: 2,
        fileBytes: 1000,
        width: spread,
        height: spread,
        aspectRatio: spread,
        formats: [['jpeg', 2]],
        colours: [['rgb', 2]],
      },
    },
  ],
  duplicates: { exactCopies: 1, nearCopies: 1, groups: [copies('exact'), copies('near')] },
  alike: { cosine: 0.9, groups: [copies('near')] },
};

(executable ? describe : describe.skip)('a page of label issues from disk', () => {
  let opened: PageFromDisk;
  let page: Page;
  beforeAll(async () => {
    opened = await openFromDisk(executable!, html);
    ({ page } = opened);
  });
  afterAll(() => opened?.close());

  it('fits every screen', async () => {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
  });

  it.each(LOOKS)('has no fault that axe-core finds, at %i px, %s', async (width, colorScheme) => {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    expect(await axeViolations(page)).toEqual([]);
    await page.emulateMedia({});
  });

  it.each(LOOKS)('and that of inspect data has none, at %i px, %s', async (width, colorScheme) => {
    const browser = page.context().browser()!;
    const other = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    await other.setContent(dataPage(findings, () => undefined));
    expect(await axeViolations(other)).toEqual([]);
    expect(await other.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await other.close();
  });

  it('gives the decisions that were made by keyboard as a file', async () => {
    await page.getByRole('radio', { name: 'remove it' }).focus();
    await page.keyboard.press('Space');
    expect(await page.locator('output').textContent()).toBe('1 of 2 decided, not saved');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('radio', { name: 'leave it out' }).isChecked()).toBe(true);
    await page.keyboard.press('Tab');
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(download.suggestedFilename()).toBe('decisions.csv');
    await download.saveAs(join(opened.folder, 'decisions.csv'));
    expect(await readFile(join(opened.folder, 'decisions.csv'), 'utf8')).toBe(
      'image,label,kind,decision\n' +
        `"${NAME.replaceAll('"', '""')}",${'w'.repeat(120)},extra,remove\n` +
        '"</script><script>document.title = ""run""</script>",missing,keep\n'.replace(
          /^/,
          `"${NAME.replaceAll('"', '""')}",`,
        ),
    );
    expect(await page.locator('output').textContent()).toBe('2 of 2 decided');
  });

  it('loads nothing else, breaks no rule of its policy, and runs no name', async () => {
    expect(opened.requests.filter((url) => !url.startsWith('blob:'))).toEqual([opened.address]);
    expect(opened.messages).toEqual([]);
    expect(await page.title()).toBe('Label issues: birds/train.json');
  });
});
