import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { labelIssuesPage } from '@polytag/report';
import type { Page } from 'playwright-core';
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
