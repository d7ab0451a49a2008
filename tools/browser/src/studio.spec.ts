import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { writeScenes } from '@polytag/datasets/scenes';
import { useEngine } from '@polytag/engine';
import { contentDigests } from '@polytag/datasets';
import { loadModel, TrainedImages } from '@polytag/model';
import { unzipSync, zipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { axeViolations, LOOKS } from './axe.js';
import { findBrowser, launchBrowser } from './browser.js';
import { bundle } from './bundle.js';

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

/** The address that `play` prints. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((told, failed) => {
    server.stdout!.once('data', (line) => told(String(line).trim()));
    server.once('exit', (status) => failed(new Error(`polytag-eval play ends with ${status}`)));
  });
}

/** Scores of a photograph by the downloaded model, in a page with TensorFlow.js and the layers of Polytag, without its engine. */
async function withTfjsAlone(
  browser: Browser,
  files: Readonly<Record<string, Uint8Array>>,
  photograph: Buffer,
): Promise<[string, number][]> {
  const { outputFiles } = await bundle({ tfjs: join(import.meta.dirname, 'entries/tfjs.ts') });
  const page = await browser.newPage();
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    const script = outputFiles.find(({ path }) => path.endsWith(`/bundled${pathname}`));
    const body =
      pathname === '/'
        ? '<!doctype html><title>tfjs</title><script type="module" src="/tfjs.js"></script>'
        : pathname === '/photograph.png'
          ? photograph
          : Buffer.from(script?.contents ?? files[pathname.slice(1)] ?? []);
    const contentType = pathname === '/' ? 'text/html' : script ? 'text/javascript' : undefined;
    await route.fulfill({ body, contentType });
  });
  try {
    await page.goto('http://127.0.0.1:9/');
    await page.waitForFunction('globalThis.scoresOf !== undefined');
    return (await page.evaluate("scoresOf('/model-tfjs', '/photograph.png')")) as [string, number][];
  } finally {
    await page.close();
  }
}

/** Text that must stay text. */
const HOSTILE = '<img src=x onerror=alert(1)>';
/** The same in the name of a photograph, where the system allows it. */
const HOSTILE_NAME = process.platform === 'win32' ? 'odd.png' : `${HOSTILE}.png`;

(executable && isBuilt ? describe : describe.skip)('the page of polytag-eval play', () => {
  let folder: string;
  let data: string;
  let server: ChildProcess;
  let address: string;
  let browser: Browser;
  let page: Page;
  let looksTurned = false;
  const messages: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-studio-'));
    await writeScenes({ folder: join(folder, 'data'), seed: 3, train: 72, validation: 2, size: 64 });
    data = join(folder, 'data/train.json');
    const { classes, images } = JSON.parse(await readFile(data, 'utf8'));
    const named = `images/train-${HOSTILE_NAME}`;
    await rename(join(folder, 'data', images[4][0]), join(folder, 'data', named));
    images[4][0] = named;
    await writeFile(data, JSON.stringify({ classes: [...classes, HOSTILE], images }));
    server = spawn(process.execPath, [bin, 'play', '--model', example, '--data', data, '--port', '0'], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    address = await addressOf(server);
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
  /** In two of the four looks, the other two at the next call: each view has both widths and both schemes of colours. */
  async function faults(): Promise<unknown[]> {
    const found: unknown[] = [];
    const looks = looksTurned ? [LOOKS[1], LOOKS[2]] : [LOOKS[0], LOOKS[3]];
    looksTurned = !looksTurned;
    for (const [width, colorScheme] of looks) {
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
    await chooser.setFiles({ name: HOSTILE_NAME, mimeType: 'image/png', buffer: await readFile(photograph) });
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
    expect(await page.locator('figcaption bdi').textContent()).toBe(HOSTILE_NAME);
    // While a heat map is made the page says so, and then what it shows.
    const said = page.locator('figcaption [role="status"]');
    await page.evaluate(`(() => {
      globalThis.heard = [];
      const [status, photo] = [document.querySelector('figcaption [role="status"]'), document.querySelector('.photo')];
      new MutationObserver(() => heard.push([photo.ariaBusy, status.textContent])).observe(status, {
        subtree: true, childList: true, characterData: true,
      });
    })()`);
    await page.locator('.bars .name').first().click();
    await page.locator('canvas.heat:not([width="1"])').waitFor();
    await said.getByText('Colour marks where').waitFor();
    expect(await page.evaluate('heard')).toEqual([
      ['true', expect.stringContaining('Looking where')],
      ['false', expect.stringContaining('Colour marks where')],
    ]);
    // A threshold above the score: the label is not predicted any more.
    await page.getByLabel('Threshold for all labels').fill('1');
    expect(await page.locator('.bars li.present').count()).toBe(0);
    await button("The model's own thresholds").click();
    expect(await page.locator('.bars li.present').count()).toBeGreaterThan(0);
    expect(await faults()).toEqual([]);
  });

  it('says of each file why it cannot be used, and decodes none of too many pixels', async () => {
    const bomb = await sharp({ create: { width: 3, height: 2, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
    bomb.writeUInt32BE(100_000, 16);
    bomb.writeUInt32BE(100_000, 20);
    const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/jpeg', buffer });
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      button('Choose photographs …').click(),
    ]);
    await chooser.setFiles([
      file('bomb.png', bomb),
      file('text.jpg', Buffer.from('text')),
      file('a.gif', bomb),
    ]);
    await page.getByText('1 file is skipped: not JPEG, PNG or WebP.').waitFor();
    await page.getByText('100000 x 100000 pixels; the limit is 64 million pixels. Save it').waitFor();
    expect(await page.locator('.photo img').count()).toBe(0);
    await button('text.jpg').click();
    await page.getByText('text.jpg cannot be used: The image is a text file').waitFor();
    expect(await page.locator('.strip .bad').count()).toBe(2);
    expect(await faults()).toEqual([]);
    await button(HOSTILE_NAME).click();
  });

  it('refuses a model folder that brings code, and runs none of it', async () => {
    const config = JSON.parse(await readFile(join(example, 'config.json'), 'utf8'));
    config.head = { name: 'own', module: './head.mjs', options: {} };
    const zip = join(folder, 'strange.zip');
    const files = {
      'config.json': Buffer.from(JSON.stringify(config)),
      'head.mjs': Buffer.from('console.log("code of the folder has run"); export default {};'),
      'model.safetensors': await readFile(join(example, 'model.safetensors')),
      'preprocessor_config.json': await readFile(join(example, 'preprocessor_config.json')),
    };
    await writeFile(zip, zipSync(files));
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button('Model zip …').click()]);
    await chooser.setFiles(zip);
    await page.getByText('the head "own" is code from the model folder').waitFor();
    await page.getByText('The page runs no code of a model').waitFor();
    expect(messages.concat(requests.filter((url) => url.includes('head.mjs')))).toEqual([]);
    // The model that was open stays so.
    await page.locator('.bars li').first().waitFor();
  });

  it('shows a second model beside the first, and what lies at an address of its own site alone', async () => {
    const zip = join(folder, 'second.zip');
    const names = await readdir(example);
    await writeFile(
      zip,
      zipSync(
        Object.fromEntries(
          (
            await Promise.all(
              names.map(async (name) => [`second/${name}`, await readFile(join(example, name))] as const),
            )
          )
            // What shrinks much is unpacked in another way.
            .concat([['second/notes.txt', Buffer.alloc(600_000)]]),
        ),
      ),
    );
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      button('Compare with a model zip …').click(),
    ]);
    await chooser.setFiles(zip);
    const sides = page.locator('.scores');
    await sides.nth(1).locator('.bars li').first().waitFor();
    const text = async (side: number) =>
      sides
        .nth(side)
        .locator('.value')
        .evaluateAll((values) =>
          values.map((value) => (value as unknown as { innerText: string }).innerText),
        );
    expect(await sides.locator('h3').allTextContents()).toEqual(['example', 'second']);
    expect(await text(1)).toEqual(await text(0));
    // Each has its own thresholds.
    await page.getByLabel('Threshold for all labels').nth(1).fill('1');
    expect(await sides.nth(1).locator('li.present').count()).toBe(0);
    expect(await sides.nth(0).locator('li.present').count()).toBeGreaterThan(0);
    expect(await faults()).toEqual([]);
    await button('Stop comparing').click();
    expect(await sides.count()).toBe(1);
    await page.getByText('From an address …').click();
    const from = async (typed: string, expected: string) => {
      await page.getByLabel('Address of a photograph').fill(typed);
      await button('Open').click();
      await page.getByText(expected).waitFor();
    };
    await from('https://example.com/cat.jpg', 'only open addresses of its own site');
    await from('example/none.zip', '/example/none.zip cannot be downloaded (status 404)');
    // The browser's own words.
    expect(messages.splice(0)).toEqual([expect.stringContaining('404')]);
    await button('Remove all').click();
    await page.getByText('From an address …').click();
    await from('icon.svg', 'no JPEG, PNG or WebP files');
    await from('%E0%A4%A.jpg', 'is not an address');
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
    const notice = page.getByText('castle is now present');
    await notice.waitFor();
    // A notice has its own place, at each width, and goes when Escape is pressed.
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      const [top, box, below] = await Promise.all(
        ['header', '.notices', 'main'].map((place) => page.locator(place).boundingBox()),
      );
      expect(box!.y).toBeGreaterThanOrEqual(top!.y + top!.height);
      expect(below!.y).toBeGreaterThanOrEqual(box!.y + box!.height);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.keyboard.press('Escape');
    await notice.waitFor({ state: 'detached' });
    // It leads back to the photographs as well; and a suggestion that is taken leaves the keys there.
    const focused = () => page.evaluate('document.activeElement.className');
    expect(await focused()).toBe('grid');
    await button('Run the model').press('Enter');
    await button('Run the model again').waitFor();
    expect(await focused()).toBe('');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Run the model again');
    await page.locator('.grid').press('End');
    for (let k = 1; k <= 9; k++) await page.keyboard.press(`Shift+${k}`);
    await page.locator('.chip').first().press('Enter');
    await page.locator('.grid:focus').waitFor();
    for (let k = 0; k <= 9; k++) await page.keyboard.press('Control+z');
    await page.keyboard.press('Home');
    await page.locator('.cell').nth(1).waitFor();
    const told = await page.locator('.cell').nth(1).getAttribute('aria-label');
    expect(told).toMatch(/; present: .*castle; unknown: .*; absent: /);
    const marks = await page
      .locator('.cell')
      .nth(1)
      .locator('.marks span')
      .evaluateAll((all) =>
        all.map((one) => (one as unknown as { dataset: Record<string, string> }).dataset.mark),
      );
    expect(marks.join()).toMatch(/^✓\d+,✕\d+,\?1$/);
    expect(await faults()).toEqual([]);
    await page.reload();
    await page.getByText('Your earlier work was restored.').waitFor();
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
    // What another program writes meanwhile is not written over, and nothing that was labelled is lost.
    await page.locator('.cell').nth(0).click();
    await page.getByLabel('Add a label').fill('tower');
    await page.keyboard.press('Enter');
    await page.getByText('tower is now present').waitFor();
    after.images.reverse();
    const theirs = JSON.stringify(after);
    await writeFile(data, theirs);
    await button('Save the label file').click();
    await page.getByText('Reload the page: it offers your labels').waitFor();
    expect(messages.splice(0)).toEqual([expect.stringContaining('409')]);
    await page.reload();
    await page.getByText('were not saved. They are still kept in this browser.').waitFor();
    expect(await faults()).toEqual([]);
    await button('Use these labels').click();
    await button('Save the label file').click();
    await page.getByText('Saved.').waitFor();
    expect(await page.locator('.aside').count()).toBe(0);
    expect(await readFile(join(dirname(data), 'train.before-2.json'), 'utf8')).toBe(theirs);
    const both = JSON.parse(await readFile(data, 'utf8'));
    expect(both.images.at(-1)).toEqual([
      before.images[0][0],
      expect.arrayContaining(['tower']),
      expect.anything(),
    ]);
    expect(both.images.map(([name]: [string]) => name)).toEqual(after.images.map(([name]: [string]) => name));
    await writeFile(data, JSON.stringify({ ...both, images: both.images.toReversed() }));
    await page.reload();
    await page.locator('.cell').first().waitFor();
    expect(await page.locator('.tags bdi', { hasText: HOSTILE }).textContent()).toBe(HOSTILE);
    expect(await page.locator('.cell').nth(4).getAttribute('aria-label')).toContain(HOSTILE_NAME);
  });

  it('trains a head whose held-out mAP is that of polytag-eval score', async () => {
    await open('Train');
    await page.getByLabel('Epochs').fill('5');
    await page.getByLabel('Epochs').blur();
    await button('Train').click();
    const headline = page.locator('.headline');
    await headline.waitFor({ timeout: 120_000 });
    const told = Number(await headline.getAttribute('data-map'));
    // The example has the same head and 16 of the labels; its backbone ran in a worker for each core.
    const workers = Math.min(4, availableParallelism());
    await page.getByText(`in ${workers} worker${workers === 1 ? '' : 's'}`).waitFor();
    await page.getByText('16 labels started from the open model, 3 are new.').waitFor();
    expect(await faults()).toEqual([]);
    // A second run that is stopped takes nothing from the first.
    await page.getByLabel('Epochs').fill('500');
    await page.getByLabel('Epochs').blur();
    await button('Train again').click();
    await page.getByText(/step [1-9]/).waitFor();
    // A photograph under Try says why it has no labels yet.
    await open('Try');
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      button('Choose photographs …').click(),
    ]);
    await chooser.setFiles(join(folder, 'data/images/val-00001.png'));
    await page.getByText('Waiting: a model is being trained.').waitFor();
    await open('Train');
    await button('Stop').click();
    await page.getByText('Stopped.').waitFor({ timeout: 5_000 });
    await open('Try');
    await page.locator('.bars li').first().waitFor();
    await open('Train');
    expect(Number(await headline.getAttribute('data-map'))).toBe(told);
    await page.getByText('held-out photographs: ').waitFor();
    // Every mistake is one: what is predicted is not labelled, or the other way round.
    const wrong = page.locator('.mistakes button');
    const mistakes = await wrong.evaluateAll((all) =>
      all.map((one) => (one as unknown as { innerText: string }).innerText.split('\n')),
    );
    const thresholds = new Map(
      await page
        .locator('.training tbody tr')
        .evaluateAll((rows) =>
          (rows as unknown as { cells: { innerText: string }[] }[]).map(
            ({ cells }) => [cells[0].innerText, Number(cells[3].innerText)] as const,
          ),
        ),
    );
    for (const [told] of mistakes) {
      const [, label, score] = /^(.*): .*\((\d+) %\)/.exec(told)!;
      const far = Number(score) / 100 - thresholds.get(label)!;
      // Both are rounded.
      if (told.includes('not labelled')) expect(far).toBeGreaterThan(-0.011);
      else expect(far).toBeLessThan(0.011);
    }
    expect(mistakes.length).toBeGreaterThan(0);
    const last = mistakes.at(-1)!;
    await wrong.last().click();
    await page.getByText('1 selected').waitFor();
    expect(await page.locator('.cell[aria-selected="true"]').getAttribute('aria-label')).toContain(last[1]);
    await open('Train');
    const download = async (name: string) => {
      const [given] = await Promise.all([page.waitForEvent('download'), button(name).click()]);
      return readFile(await given.path());
    };
    const held = join(dirname(data), 'held-out.json');
    await writeFile(held, await download('Held-out label file'));
    const heldOut: readonly [string][] = JSON.parse(await readFile(held, 'utf8')).images;
    expect(Math.abs(heldOut.length / 72 - 0.2)).toBeLessThan(0.02);
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
    // Which photographs it learned from: the others.
    const learned = (await readdir(join(folder, 'data/images'))).filter(
      (name) => name.startsWith('train') && !heldOut.some(([path]) => path.endsWith(name)),
    );
    const digests = await contentDigests(learned.map((name) => join(folder, 'data/images', name)));
    expect(JSON.parse(await readFile(join(folder, 'model/training_images.json'), 'utf8'))).toEqual(
      TrainedImages.of(digests.map((digest) => digest!)).toFile(),
    );
    expect(Object.keys(unzipSync(await download('ONNX (zip)')))).toContain('model-onnx/model.onnx');
    const files = unzipSync(await download('TensorFlow.js (zip)'));
    // Of the size that the model reads, so that both have the same pixels.
    const photograph = await sharp(Buffer.alloc(80 * 80 * 3, 'pixels of a photograph'), {
      raw: { width: 80, height: 80, channels: 3 },
    })
      .png()
      .toBuffer();
    await button('Open it under Try').click();
    await page.getByText('The trained model is open now').waitFor();
    await button('Remove all').click();
    const [second] = await Promise.all([
      page.waitForEvent('filechooser'),
      button('Choose photographs …').click(),
    ]);
    await second.setFiles({ name: 'same.png', mimeType: 'image/png', buffer: photograph });
    await page.locator('.bars li').first().waitFor();
    await page.getByLabel('Threshold for all labels').fill('0');
    await page.evaluate('navigator.clipboard.writeText = async (text) => { globalThis.copied = text; }');
    await button('Copy as JSON').click();
    const [{ labels }] = JSON.parse((await page.evaluate('globalThis.copied')) as string);
    const scores = new Map<string, number>(
      labels.map(({ label, score }: { label: string; score: number }) => [label, score]),
    );
    const got = await withTfjsAlone(browser, files, photograph);
    expect(got.map(([label]) => label).toSorted()).toEqual([...scores.keys()].toSorted());
    expect(new Set(scores.values()).size).toBeGreaterThan(10);
    for (const [label, score] of got) expect(Math.abs(score - scores.get(label)!)).toBeLessThan(1e-4);
    await button('Remove all').click();
  });

  it('opens a folder, writes the label file into it, and opens it again', async () => {
    const other = spawn(process.execPath, [bin, 'play', '--port', '0'], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    try {
      const at = await addressOf(other);
      const visit = await browser.newPage();
      visit.on('pageerror', (error) => messages.push(error.message));
      // The browser's own private folder stands in for one that a person chooses in a window of the system.
      await visit.addInitScript(
        `window.showDirectoryPicker = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('photos', { create: true })`,
      );
      await visit.goto(`${at}#label`);
      const inFolder = (body: string) =>
        visit.evaluate(`(async () => {
          const folder = await window.showDirectoryPicker();
          const text = async (name) => (await (await folder.getFileHandle(name)).getFile()).text();
          const write = async (name, content) => {
            const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
            await stream.write(content);
            await stream.close();
          };
          ${body}
        })()`);
      await inFolder(`
        const canvas = new OffscreenCanvas(32, 32);
        canvas.getContext('2d').fillRect(0, 0, 9, 9);
        for (const name of ['a.png', 'b.png']) await write(name, await canvas.convertToBlob());`);
      const press = (name: string) => visit.getByRole('button', { name, exact: true }).click();
      const tag = async (place: number, label: string) => {
        await visit.locator('.cell').nth(place).click();
        await visit.getByLabel('Add a label').fill(label);
        await visit.keyboard.press('Enter');
        await visit.getByText(`${label} is now present`).waitFor();
      };
      await press('Open a folder …');
      await tag(0, 'cat');
      await press('Save the label file');
      await visit.getByText('Saved.').waitFor();
      const first = await inFolder(`return text('labels.json')`);
      expect(JSON.parse(first as string)).toEqual({
        classes: ['cat'],
        images: [
          ['a.png', ['cat']],
          ['b.png', []],
        ],
        unlisted: 'unknown',
      });
      await tag(1, 'dog');
      await visit.waitForTimeout(500);
      await visit.reload();
      await visit.getByText('Your earlier work was restored.').waitFor();
      await press('Save the label file');
      await visit.getByText('Saved.').waitFor();
      expect(await inFolder(`return text('labels.before-1.json')`)).toBe(first);
      const second = JSON.parse((await inFolder(`return text('labels.json')`)) as string);
      expect(second.images[1][1]).toEqual(['dog']);
      // What another program wrote meanwhile is not overwritten.
      await inFolder(`await write('labels.json', '{}')`);
      await tag(0, 'dog');
      await press('Save the label file');
      await visit.getByText('labels.json was changed by another program').waitFor();
      expect(await inFolder(`return text('labels.json')`)).toBe('{}');
      await visit.close();
    } finally {
      other.kill('SIGINT');
    }
  });

  it('works from a folder of a static host, by its own rules, and without a network afterwards', async () => {
    const types: Record<string, string> = {
      '.html': 'text/html',
      '.js': 'text/javascript',
      '.css': 'text/css',
      '.svg': 'image/svg+xml',
      '.wasm': 'application/wasm',
    };
    // It sends no header of its own, so that the policy in the page is all there is.
    const host = createServer((request, response) => {
      const path = new URL(request.url!, 'http://localhost').pathname.replace(/\/$/, '/index.html');
      readFile(join(apps, 'evaluator/page', path.replace(/^\/tools\/studio\//, ''))).then(
        (content) => {
          response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
          response.end(path.startsWith('/tools/studio/') ? content : '');
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((started) => host.listen(0, '127.0.0.1', started));
    const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const visit = await browser.newPage();
    try {
      const broken: string[] = [];
      visit.on('console', (message) => broken.push(message.text()));
      await visit.goto(`${origin}/tools/studio/`);
      // It keeps to its folder: other pages of the host are not its own.
      expect(await visit.evaluate('navigator.serviceWorker.ready.then(({ scope }) => scope)')).toBe(
        `${origin}/tools/studio/`,
      );
      expect(broken.splice(0)).toEqual([]);
      expect(
        await visit.evaluate(`(async () => {
          const script = document.createElement('script');
          script.textContent = 'globalThis.hasRun = true';
          document.head.append(script);
          const asked = await fetch('${address}').then(() => 'answered', () => 'refused');
          return [globalThis.hasRun ?? false, asked];
        })()`),
      ).toEqual([false, 'refused']);
      const told = broken.splice(0).join(' ');
      for (const what of ['inline script', 'connect-src']) expect(told).toContain(what);
      await visit.waitForFunction('navigator.serviceWorker.controller?.state === "activated"');
      host.closeAllConnections();
      await new Promise((closed) => host.close(closed));
      await visit.reload();
      await visit.getByRole('button', { name: 'Try the example', exact: true }).click();
      await visit.locator('.bars li').first().waitFor();
    } finally {
      await visit.close();
      host.closeAllConnections();
      host.close();
    }
  });

  it('has asked nobody else, and left nothing on the console', () => {
    const elsewhere = requests.filter((url) => !url.startsWith(address) && !/^(blob|data):/.test(url));
    expect([elsewhere, messages]).toEqual([[], []]);
    // A name that became markup would have asked for this.
    expect(requests.filter((url) => url.endsWith('/x'))).toEqual([]);
  });
});
