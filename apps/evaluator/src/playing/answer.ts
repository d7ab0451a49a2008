import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { timingSafeEqual } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { PolytagError, printable, UsageError } from '@polytag/core';
import type { PlayedData } from './played-data.js';
import type { PlayedModel } from './played-model.js';

/** What the server of the page has to give. */
export interface Played {
  readonly model?: PlayedModel;
  readonly data?: PlayedData;
  /** What a request for them must name. */
  readonly token: string;
  /** The folder of the built page, with the last slash. */
  readonly page: URL;
  /** `127.0.0.1:PORT`: what a browser that means this server calls it. */
  readonly host: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** The page runs its own scripts alone, and asks nobody but this server. WebAssembly is compiled. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; " +
  "img-src 'self' blob: data:; style-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

/** The most bytes of a label file that is written. */
const MAX_BODY = 2 ** 28;

/** Answers one request. Never throws. */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  played: Played,
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  try {
    await route(request, response, played);
  } catch (error) {
    const told = error instanceof PolytagError ? error : undefined;
    send(
      response,
      statusOf(told),
      '.json',
      JSON.stringify({
        code: told?.code ?? 'internal',
        message: told?.message ?? 'The server failed.',
        hint: told?.hint,
      }),
    );
  }
}

function statusOf(error: PolytagError | undefined): number {
  if (!error) return 500;
  if (error.code === 'usage/data-changed' || error.code === 'usage/data-read-only') return 409;
  if (error.code === 'usage/body-too-large') return 413;
  if (error.code === 'data/image-outside' || error.code === 'usage/foreign-request') return 403;
  return error.code.endsWith('missing') || error.code === 'usage/no-page' ? 404 : 400;
}

async function route(request: IncomingMessage, response: ServerResponse, played: Played): Promise<void> {
  const path = ownPath(request, played);
  if (path.startsWith('/play/')) return give(request, response, played, path.slice('/play/'.length));
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw foreign('Only the page itself can be read.');
  const name = path === '/' ? 'index.html' : path.slice(1);
  const content = await pageFile(played.page, name);
  // The page learns the token, which nobody else can read.
  const text =
    name === 'index.html'
      ? String(content).replace('<head>', `<head><meta name="polytag-token" content="${played.token}">`)
      : content;
  send(response, 200, extname(name), text);
}

/** What only a page of this server may have. */
async function give(
  request: IncomingMessage,
  response: ServerResponse,
  { model, data, token }: Played,
  what: string,
): Promise<void> {
  if (!same(request.headers['x-polytag-token'], token)) throw foreign('The token of the page is missing.');
  const json = (value: object) => send(response, 200, '.json', JSON.stringify(value));
  if (what === 'offer') {
    return json({
      model: model && { name: model.name, files: model.files },
      data: data && { name: data.name, id: data.id },
    });
  }
  if (what === 'data' && data) {
    if (request.method === 'GET') return json(await data.read());
    if (request.method === 'PUT') {
      const version = String(request.headers['if-match'] ?? '');
      return json({ version: await data.write(await bodyOf(request), version) });
    }
  }
  const image = /^image\/(\w{1,64})\/(\d{1,9})$/.exec(what);
  if (image && data) return send(response, 200, '', await data.image(image[1], Number(image[2])));
  const file = model?.files.find((name) => what === `model/${name}`);
  if (file) return send(response, 200, '', await model!.read(file));
  throw noPage(what);
}

/** @throws UsageError `usage/foreign-request` of a request that the page of this server does not make */
function ownPath(request: IncomingMessage, { host }: Played): string {
  const { headers } = request;
  // A name that leads here by a trick of its owner is not ours.
  if (headers.host !== host) throw foreign(`This server is ${host}.`);
  if (headers.origin !== undefined && headers.origin !== `http://${host}`)
    throw foreign('The request comes from another origin.');
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw foreign('The request comes from another origin.');
  const address = `http://${host}${request.url!}`;
  if (!request.url!.startsWith('/') || !URL.canParse(address)) throw noPage(printable(request.url!, 200));
  return new URL(address).pathname;
}

const foreign = (why: string) =>
  new UsageError('usage/foreign-request', `Request refused: ${why}`, {
    hint: 'Open the URL that play prints, and reload the page.',
  });
const tooLarge = () =>
  new UsageError('usage/body-too-large', `The label file has more than ${MAX_BODY / 2 ** 20} MiB.`, {
    hint: 'Nothing was written. Split the photographs over several label files.',
  });
const noPage = (what: string) => new UsageError('usage/no-page', `Not found: ${what}.`);

function same(given: unknown, expected: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * The text that a request sends.
 *
 * @param most bytes of it
 * @throws UsageError `usage/body-too-large`, also of one that does not say how long it is
 */
export async function bodyOf(
  request: AsyncIterable<unknown> & Pick<IncomingMessage, 'headers'>,
  most = MAX_BODY,
): Promise<string> {
  const chunks: Buffer[] = [];
  // What says how long it is need not be read.
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLarge();
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > most) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A file of the built page: a plain name, or one in a folder of it. */
async function pageFile(page: URL, name: string): Promise<Buffer> {
  if (!/^[\w-]+(\.[\w-]+)*(\/[\w-]+(\.[\w-]+)*){0,2}$/.test(name)) throw noPage(name);
  return readFile(new URL(name, page)).catch(() => {
    if (name !== 'index.html') throw noPage(name);
    throw new UsageError('usage/no-page', `The page is not built: ${fileURLToPath(page)} was not found.`, {
      hint: 'Run: npx nx build studio',
    });
  });
}

function send(response: ServerResponse, status: number, ending: string, content: string | Uint8Array): void {
  response.statusCode = status;
  response.setHeader('Content-Type', TYPES[ending] ?? 'application/octet-stream');
  response.end(content);
}
