import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { bundle } from './bundle.js';

/** Where Debian, Ubuntu and Fedora, Chrome's own package and macOS put the browser. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser: POLYTAG_CHROMIUM, else the installed one, else nothing. */
export function findBrowser(): string | undefined {
  return process.env['POLYTAG_CHROMIUM'] ?? PLACES.find((path) => existsSync(path));
}

/** Nothing of the network, and WebGPU on SwiftShader, the software driver that the browser brings along. */
const FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

/** Without a window. The profile is a new folder, which is deleted at the end. */
export const launchBrowser = (executable: string): Promise<Browser> =>
  chromium.launch({ executablePath: executable, headless: true, args: FLAGS });

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export interface BrowserPage {
  /** Runs a program of `programs/` in the page. */
  inPage(name: string, ...values: unknown[]): Promise<unknown>;
  /** Runs it in a module worker of the page. */
  inWorker(name: string, ...values: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** A page of localhost with the bundled programs in it. */
export interface Site {
  /**
   * @param options.isolated cross-origin isolated: SharedArrayBuffer is there, and tfjs would take its threaded backend
   * @param options.programs the bundle of the page: all programs (default), or those without TensorFlow.js
   */
  open(options?: { readonly isolated?: boolean; readonly programs?: 'page' | 'onnx' }): Promise<BrowserPage>;
  close(): Promise<void>;
}

/**
 * Serves the bundles, the wasm binaries at /wasm/ and the `folders` by their names, and starts the browser.
 *
 * @param folders name in the address to folder on disk
 */
export async function startSite(
  executable: string,
  folders: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const here = dirname(fileURLToPath(import.meta.url));
  const { outputFiles } = await bundle({
    page: join(here, 'entries/page.ts'),
    worker: join(here, 'entries/worker.ts'),
    onnx: join(here, 'entries/onnx.ts'),
  });
  const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  const served: Record<string, string> = { wasm: join(wasm, 'dist'), ...folders };
  const html = (programs: string) =>
    `<!doctype html><title>Polytag</title><script type="module" src="/${programs}.js"></script>`;

  async function contentOf(path: string): Promise<Uint8Array | string | undefined> {
    if (path.endsWith('.html')) return html(path.startsWith('/onnx') ? 'onnx' : 'page');
    const bundled = outputFiles.find((file) => file.path.endsWith(`/bundled${path}`));
    if (bundled) return bundled.contents;
    const [, folder, name] = path.split('/');
    return name && served[folder] ? readFile(join(served[folder], name)).catch(() => undefined) : undefined;
  }

  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname;
    if (!path.endsWith('plain.html')) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
    void contentOf(path).then((content) => {
      response.statusCode = content === undefined ? 404 : 200;
      response.end(content);
    });
  });
  await new Promise<void>((started) => server.listen(0, '127.0.0.1', started));
  const { port } = server.address() as AddressInfo;
  const browser = await launchBrowser(executable);

  return {
    async open({ isolated = false, programs = 'page' } = {}) {
      const page = await browser.newPage();
      await page.goto(
        `http://127.0.0.1:${port}/${programs === 'onnx' ? 'onnx-' : ''}${isolated ? 'isolated' : 'plain'}.html`,
      );
      await page.waitForFunction(() => 'programs' in globalThis);
      return {
        // As text: values themselves cross to here one by one, which for the weights of a network takes seconds.
        inPage: async (name, ...values) =>
          JSON.parse(await page.evaluate(callInPage, [name, values] as const)),
        inWorker: async (name, ...values) =>
          JSON.parse(await page.evaluate(callInWorker, [name, values] as const)),
        close: () => page.close(),
      };
    },
    async close() {
      await browser.close();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface PageWorker {
  onmessage: (event: { data: { ready?: true; result?: unknown; error?: string } }) => void;
  onerror: (event: { message?: string }) => void;
  postMessage(call: object): void;
  terminate(): void;
}

/** Runs in the page. Gives the result as JSON. */
async function callInPage([name, values]: readonly [string, unknown[]]): Promise<string> {
  type Programs = Record<string, (...values: unknown[]) => unknown>;
  const { programs } = globalThis as unknown as { programs: Programs };
  return JSON.stringify(await programs[name](...values));
}

/** Runs in the page. Gives the result as JSON. */
function callInWorker([name, values]: readonly [string, unknown[]]): Promise<string> {
  const { Worker } = globalThis as unknown as {
    Worker: new (address: string, options: { type: 'module' }) => PageWorker;
  };
  const worker = new Worker('/worker.js', { type: 'module' });
  return new Promise<string>((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message ?? 'the worker does not start'));
    worker.onmessage = ({ data }) => {
      if (data.ready) worker.postMessage({ name, values });
      else if (data.error !== undefined) reject(new Error(data.error));
      else resolve(JSON.stringify(data.result));
    };
  }).finally(() => worker.terminate());
}
