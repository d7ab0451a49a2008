import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { writeScenes } from '@polytag/datasets/scenes';
import { useEngine } from '@polytag/engine';
import { loadModel } from '@polytag/model';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, LOOKS } from './axe.js';
import { findBrowser, launchBrowser } from './browser.js';

// A browser starts, and trains.
jest.setTimeout(180_000);

const apps = fileURLToPath(new URL('../../../apps/', import.meta.url));
const bin = join(apps, 'evaluator/bin/polytag-eval.js');
const example = join(apps, 'studio/public/example');
const executable = findBrowser();
const isBuilt = existsSync(join(apps, 'evaluator/page/index.html'));
if (!executable || !isBuilt) {
  process.stdout.write(
    `The page is not tried: ${executable ? 'it is not built (npx nx build @polytag/studio)' : 'no Chromium or Chrome is installed'}\n`,
  );
}

/** Text that must stay text. */
const HOSTILE = '<img src=x onerror=alert(1)>';

(executable && isBuilt ? describe : describe.skip)('the page of polytag-eval play', () => {
  let folder: string;
  let data: string;
  let server: ChildProcess;
  let address: string;
  let browser: Browser;
  let page: Page;
  const messages: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-studio-'));
    await writeScenes({ folder: join(folder, 'data'), seed: 3, train: 40, validation: 2, size: 64 });
    data = join(folder, 'data/train.json');
    const { classes, images } = JSON.parse(await readFile(data, 'utf8'));
    await writeFile(data, JSON.stringify({ classes: [...classes, HOSTILE], images }));
    server = spawn(process.execPath, [bin, 'play', '--model', example, '--data', data, '--port', '0'], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    address = await new Promise((told) => server.stdout!.once('data', (line) => told(String(line).trim())));
    browser = await launchBrowser(executable!);
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(error.message));
    await page.goto(address);
  });
  afterAll(async () => {
    await browser?.close();
    server?.kill('SIGINT');
    await rm(folder, { recursive: true });
  });

  const open = (tab: string) => page.getByRole('link', { name: tab, exact: true }).click();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  async function faults(): Promise<unknown[]> {
    const found: unknown[] = [];
    for (const [width, colorScheme] of LOOKS) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      if (wide !== width) found.push(`${width}: scrolls to ${wide}`);
      found.push(...((await axeViolations(page)) as unknown[]));
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    return found;
  }

  it('tells the labels of a photograph as Node does, and where they were seen', async () => {
    const photograph = join(folder, 'data/images/val-00000.png');
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      button('Choose photographs …').click(),
    ]);
    await chooser.setFiles(photograph);
    const bars = page.locator('.bars li');
    await bars.first().waitFor();
    await useEngine('wasm');
    const model = await loadModel(example);
    const expected = await model.topK(photograph, 5);
    model.dispose();
    const shown = await bars.evaluateAll((rows) =>
      rows.slice(0, 5).map((row) => (row as unknown as { innerText: string }).innerText.split('\n')),
    );
    expect(shown).toEqual(expected.map(({ label, score }) => [label, `${(100 * score).toFixed(1)} %`]));
    await page.locator('.bars .name').first().click();
    await page.locator('canvas.heat:not([width="1"])').waitFor();
    // A threshold above the score: the label is not predicted any more.
    await page.getByLabel('Threshold of all labels').fill('1');
    expect(await page.locator('.bars li.present').count()).toBe(0);
    await button("The model's own thresholds").click();
    expect(await page.locator('.bars li.present').count()).toBeGreaterThan(0);
    expect(await faults()).toEqual([]);
  });

  it('labels by keys, keeps it over a reload, undoes, and writes the label file back', async () => {
    await open('Label');
    const before = JSON.parse(await readFile(data, 'utf8'));
    await page.locator('.cell').nth(1).click();
    await page
      .locator('.cell')
      .nth(3)
      .click({ modifiers: ['Shift'] });
    await page.keyboard.press('1');
    await page.keyboard.press('Shift+2');
    await page.keyboard.press('3');
    await page.keyboard.press('Control+z');
    await page.getByLabel('Add a label').fill('castle');
    await page.keyboard.press('Enter');
    await page.getByText('castle is present now').waitFor();
    expect(await faults()).toEqual([]);
    await page.reload();
    await page.getByText('What you did before is here again.').waitFor();
    await button('Save the label file').click();
    await page.getByText('Saved.').waitFor();
    const after = JSON.parse(await readFile(data, 'utf8'));
    const [first, second] = before.classes as string[];
    expect(after.classes).toEqual([...before.classes, 'castle']);
    const [, labels, more] = after.images[2];
    expect(labels).toEqual(expect.arrayContaining([first, 'castle']));
    expect(more.unknown).toEqual([second]);
    expect(after.images[0][2].unknown).toEqual(['castle']);
    expect(after.images.map(([name]: [string]) => name)).toEqual(
      before.images.map(([name]: [string]) => name),
    );
    expect(await readdir(dirname(data))).toContain('train.before-1.json');
    expect(await page.locator('.tags bdi', { hasText: HOSTILE }).textContent()).toBe(HOSTILE);
  });

  it('trains a head whose held-out mAP is that of polytag-eval score', async () => {
    await open('Train');
    await page.getByLabel('Rounds over the photographs').fill('5');
    await page.getByLabel('Rounds over the photographs').blur();
    await button('Train').click();
    const headline = page.locator('.headline');
    await headline.waitFor({ timeout: 120_000 });
    const told = Number(await headline.getAttribute('data-map'));
    expect(await faults()).toEqual([]);
    const download = async (name: string) => {
      const [given] = await Promise.all([page.waitForEvent('download'), button(name).click()]);
      return readFile(await given.path());
    };
    const held = join(dirname(data), 'held-out.json');
    await writeFile(held, await download('Held-out label file'));
    expect(JSON.parse(await readFile(held, 'utf8')).images).toHaveLength(8);
    for (const [path, bytes] of Object.entries(unzipSync(await download('Model folder (zip)')))) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    const json = join(folder, 'scores.json');
    const argv = ['score', '--model', join(folder, 'model'), '--data', held, '--json', json];
    expect(
      spawnSync(process.execPath, [bin, ...argv], { env: { ...process.env, NODE_OPTIONS: '' } }).status,
    ).toBe(0);
    expect(JSON.parse(await readFile(json, 'utf8')).mAPOccurring).toBeCloseTo(told, 6);
    for (const [form, name] of [
      ['TensorFlow.js (zip)', 'model-tfjs/model.json'],
      ['ONNX (zip)', 'model-onnx/model.onnx'],
    ])
      expect(Object.keys(unzipSync(await download(form)))).toContain(name);
  });

  it('has asked nobody else, and left nothing on the console', () => {
    const elsewhere = requests.filter((url) => !url.startsWith(address) && !/^(blob|data):/.test(url));
    expect([elsewhere, messages]).toEqual([[], []]);
  });
});
