import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser.js';

/** A page that a person opens from disk. */
export interface PageFromDisk {
  readonly page: Page;
  readonly folder: string;
  /** Of the page itself. */
  readonly address: string;
  /** Addresses that the page has asked for, its own first. */
  readonly requests: readonly string[];
  /** What stands on its console: errors, and refusals by its policy. */
  readonly messages: readonly string[];
  /** Ends the browser, and removes the folder. */
  close(): Promise<void>;
}

/** Writes a page to a folder of its own and opens it in a browser. */
export async function openFromDisk(executable: string, html: string): Promise<PageFromDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-page-'));
  const file = join(folder, 'page.html');
  await writeFile(file, html);
  const browser = await launchBrowser(executable);
  const page = await browser.newPage();
  const [requests, messages]: [string[], string[]] = [[], []];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(error.message));
  const address = pathToFileURL(file).href;
  await page.goto(address);
  return {
    page,
    folder,
    address,
    requests,
    messages,
    async close() {
      await browser.close();
      await rm(folder, { recursive: true });
    },
  };
}
