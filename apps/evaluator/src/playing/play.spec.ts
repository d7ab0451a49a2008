import { chmod, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { ModelProject, polytagEval } from '../evaluator.fixture.js';
import { bodyOf } from './answer.js';
import { startPlaying } from './play.js';

let project: ModelProject;
let data: string;
let page: URL;
let played: Awaited<ReturnType<typeof startPlaying>>;
let token: string;

beforeAll(async () => {
  project = await ModelProject.make();
  data = project.path('data', 'val.json');
  await mkdir(project.path('page'));
  page = pathToFileURL(`${project.path('page')}/`);
  await writeFile(new URL('index.html', page), '<!doctype html><head><title>page</title></head>');
  played = await startPlaying({ model: project.best, data, port: 0 }, page);
  token = /name="polytag-token" content="([^"]+)"/.exec((await ask('')).text)![1];
});
afterAll(async () => {
  await played?.close();
  await project.remove();
});

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A request as any program can make it: also with headers that a browser does not let a page set. */
function ask(path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const made = request(`${played.address}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          text: Buffer.concat(chunks).toString('latin1'),
          headers: response.headers,
        }),
      );
    });
    made.on('error', reject).end(body);
  });
}

const own = (more: Readonly<Record<string, string>> = {}) => ({
  headers: { 'X-Polytag-Token': token, ...more },
});
const put = (text: string, version: string) =>
  ask('play/data', { method: 'PUT', body: text, headers: { 'X-Polytag-Token': token, 'If-Match': version } });
const readData = async () =>
  JSON.parse((await ask('play/data', own())).text) as { text: string; version: string };

it('gives the page what it was given', async () => {
  const offer = JSON.parse((await ask('play/offer', own())).text);
  expect(offer.data).toEqual({ name: 'val.json', id: expect.any(String) });
  expect(offer.model.files).toEqual(expect.arrayContaining(['config.json', 'model.safetensors']));
  const weights = await ask('play/model/model.safetensors', own());
  expect(weights.text).toBe(await readFile(join(project.best, 'model.safetensors'), 'latin1'));
  const image = await ask(`play/image/${(await readData()).version}/2`, own());
  const [, , [name]] = JSON.parse(await readFile(data, 'utf8')).images;
  expect(image.text).toBe(await readFile(project.path('data', name), 'latin1'));
});

it('lets the page run its own scripts alone', async () => {
  const policy = String((await ask('')).headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|https?:/);
  // What `default-src` does not cover: no other page frames this one, moves its base, or takes its forms.
  for (const rule of ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"])
    expect(policy).toContain(rule);
});

it('gives nothing that another origin could embed, open or guess the type of', async () => {
  for (const path of ['', 'play/offer', 'play/model/model.safetensors', 'none']) {
    expect((await ask(path, own())).headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  }
});

it('only this machine reaches it, and each start has a token of its own', async () => {
  const tokens = new Set([token]);
  const other = await startPlaying({ port: 0 }, page);
  const before = played;
  try {
    played = other;
    tokens.add(/content="([^"]+)"/.exec((await ask('')).text)![1]);
    // 127.0.0.2 is this machine too, and is answered by who listens on every address.
    const { port } = new URL(other.address);
    const status = await new Promise((told) =>
      request(`http://127.0.0.2:${port}/`, () => told('answered'))
        .on('error', () => told('refused'))
        .end(),
    );
    expect(status).toBe('refused');
  } finally {
    played = before;
    await other.close();
  }
  expect([...tokens].map((one) => one.length >= 32)).toEqual([true, true]);
});

it.each([
  ['another name of this machine', { Host: 'localhost' }],
  ['a name that leads here', { Host: 'evil.example' }],
  ['another origin', { Origin: 'http://evil.example' }],
  ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }],
  ['another port of this machine', { 'Sec-Fetch-Site': 'same-site' }],
])('refuses %s, with the token too', async (_, headers) => {
  for (const path of ['', 'play/offer', 'play/data', 'play/image/0']) {
    const { status, text } = await ask(path, own(headers));
    expect([status, text]).toEqual([403, expect.stringContaining('usage/foreign-request')]);
  }
});

it('refuses who has not read the page', async () => {
  for (const headers of [{}, { 'X-Polytag-Token': `${token.slice(0, -1)}_` }]) {
    expect((await ask('play/data', { headers })).status).toBe(403);
    expect((await ask('play/data', { method: 'PUT', headers, body: '{}' })).status).toBe(403);
  }
});

it.each([
  '../package.json',
  '%2e%2e/data/val.json',
  '..%2fdata%2fval.json',
  '..%5cdata%5cval.json',
  'x%00',
  '/evil.example/x',
  'play/model/../../data/val.json',
  'play/model/..%2f..%2fdata%2fval.json',
  'play/model/backbone.mjs',
  'play/image/0/0',
  '.hidden',
])('has no %s', async (path) => {
  await writeFile(new URL('.hidden', page), 'hidden');
  await writeFile(join(project.best, 'backbone.mjs'), 'code');
  expect((await ask(path, own())).status).toBe(404);
});

it('an address that is none has no page, whoever asks', async () => {
  const told = await new Promise<string>((resolve) => {
    const { port } = new URL(played.address);
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write(`GET http://[ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`),
    );
    socket.on('data', (some) => (text += String(some))).on('close', () => resolve(text));
  });
  expect(told).toMatch(/^HTTP\/1.1 404/);
});

it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s of what is only read', async (method) => {
  expect((await ask('', { method })).status).toBe(403);
  if (method !== 'PUT') expect((await ask('play/data', { method, ...own() })).status).toBe(404);
});

it('takes no text that says it is too long', async () => {
  const made = request(`${played.address}play/data`, {
    method: 'PUT',
    headers: { 'X-Polytag-Token': token, 'Content-Length': 2 ** 30 },
  });
  const answered = new Promise<number>((told) =>
    made.on('response', ({ statusCode }) => told(statusCode!)).on('error', () => undefined),
  );
  made.flushHeaders();
  expect(await answered).toBe(413);
  made.destroy();
});

it('takes no text that is too long and does not say so', async () => {
  const sent = (...parts: string[]) =>
    Object.assign(Readable.from(parts.map((part) => Buffer.from(part))), { headers: {} });
  expect(await bodyOf(sent('1234', '567'), 7)).toBe('1234567');
  await expect(bodyOf(sent('1234', '5678'), 7)).rejects.toMatchObject({ code: 'usage/body-too-large' });
});

it('writes the label file, and keeps what it replaces', async () => {
  const { text, version } = await readData();
  const changed = JSON.parse(text);
  changed.images[0][1] = [];
  const first = await put(JSON.stringify(changed), version);
  expect(first.status).toBe(200);
  expect(JSON.parse(await readFile(data, 'utf8'))).toEqual(changed);
  changed.images[1][1] = [];
  expect((await put(JSON.stringify(changed), JSON.parse(first.text).version)).status).toBe(200);
  // Its own text needs no copy.
  const names = (await readdir(project.path('data'))).filter((name) => name.includes('before'));
  expect(names).toEqual(['val.before-1.json']);
  expect(await readFile(project.path('data', 'val.before-1.json'), 'utf8')).toBe(text);
  // What a page opened since is not its own any more: whoever labels there may want it back. No copy is replaced.
  const opened = await readData();
  changed.images[2][1] = [];
  expect((await put(JSON.stringify(changed), opened.version)).status).toBe(200);
  expect(await readFile(project.path('data', 'val.before-1.json'), 'utf8')).toBe(text);
  expect(await readFile(project.path('data', 'val.before-2.json'), 'utf8')).toBe(opened.text);
});

it('does not replace a label file that is read-only', async () => {
  const { text, version } = await readData();
  const before = await readdir(project.path('data'));
  await chmod(data, 0o444);
  try {
    const { status, text: told } = await put(`${text} `, version);
    expect([status, told]).toEqual([409, expect.stringContaining('usage/data-read-only')]);
    expect(told).toContain('Make the file writable');
    expect(await readFile(data, 'utf8')).toBe(text);
    expect(await readdir(project.path('data'))).toEqual(before);
  } finally {
    await chmod(data, 0o644);
  }
  expect((await put(text, version)).status).toBe(200);
});

it('of two pages that write at once one is told of the other', async () => {
  const { text, version } = await readData();
  const answers = await Promise.all([put(`${text} `, version), put(`${text}  `, version)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const now = await readFile(data, 'utf8');
  expect(now).toBe(answers[0].status === 200 ? `${text} ` : `${text}  `);
});

it('keeps what it replaces byte for byte', async () => {
  const mark = Buffer.from([0xef, 0xbb, 0xbf]);
  const bytes = Buffer.concat([mark, await readFile(data)]);
  await writeFile(data, bytes);
  const { text, version } = await readData();
  const before = await readdir(project.path('data'));
  expect((await put(text, version)).status).toBe(200);
  const [copy] = (await readdir(project.path('data'))).filter((name) => !before.includes(name));
  expect(await readFile(project.path('data', copy))).toEqual(bytes);
});

it('gives a page the images of the label file that it has read, whatever another program writes', async () => {
  const { text, version } = await readData();
  const { classes, images } = JSON.parse(text);
  await writeFile(data, JSON.stringify({ classes, images: images.toReversed() }));
  const later = await readData();
  const bytes = (name: string) => readFile(project.path('data', name), 'latin1');
  expect((await ask(`play/image/${version}/0`, own())).text).toBe(await bytes(images[0][0]));
  expect((await ask(`play/image/${later.version}/0`, own())).text).toBe(await bytes(images.at(-1)[0]));
  await writeFile(data, text);
});

it('does not write over what another program wrote, nor what is no label file', async () => {
  const { version } = await readData();
  const text = `${await readFile(data, 'utf8')}\n`;
  await writeFile(data, text);
  expect((await put(text, version)).status).toBe(409);
  const now = await readData();
  for (const wrong of ['', '[]', '{"classes": ["cat"], "images": [["a.jpg", "cat"]]}'])
    expect((await put(wrong, now.version)).status).toBe(400);
  expect(await readFile(data, 'utf8')).toBe(text);
});

it('gives no image that is not in the folder of the label file', async () => {
  await writeFile(project.path('secret.txt'), 'secret');
  await symlink(project.path('secret.txt'), project.path('data', 'link.png'));
  // A folder whose name begins as that of the label file does.
  await mkdir(project.path('data-other'));
  await writeFile(project.path('data-other', 'secret.txt'), 'secret');
  const away = await project.write(
    'data/away.json',
    JSON.stringify({
      classes: ['<img src=x>'],
      images: [
        '../secret.txt',
        project.path('secret.txt'),
        'link.png',
        'images/../../secret.txt',
        '../data-other/secret.txt',
      ].map((name) => [name, []]),
    }),
  );
  const other = await startPlaying({ data: away, port: 0 }, page);
  const [before, beforeToken] = [played, token];
  try {
    played = other;
    token = /content="([^"]+)"/.exec((await ask('')).text)![1];
    const { version } = await readData();
    for (const index of [0, 1, 2, 3, 4]) {
      const { status, text } = await ask(`play/image/${version}/${index}`, own());
      expect([status, text]).toEqual([403, expect.stringContaining('data/image-outside')]);
      expect(text).not.toContain('secret\n');
    }
  } finally {
    await other.close();
    [played, token] = [before, beforeToken];
  }
});

it('gives no image that is too large to be one', async () => {
  const { classes } = JSON.parse(await readFile(data, 'utf8'));
  const before = await readFile(data, 'utf8');
  await writeFile(project.path('data', 'huge.jpg'), '');
  await truncate(project.path('data', 'huge.jpg'), 2 ** 27 + 1);
  await writeFile(data, JSON.stringify({ classes, images: [['huge.jpg', []]] }));
  const { status, text } = await ask(`play/image/${(await readData()).version}/0`, own());
  expect([status, text.slice(0, 999)]).toEqual([400, expect.stringContaining('data/file-too-large')]);
  await writeFile(data, before);
});

it.each([
  [['--model', 'nowhere'], 4],
  [['--data', 'nowhere.json'], 3],
])('says what cannot be read: %j', async (argv, expected) => {
  const { status, err } = await polytagEval('play', ...argv, '--port', '0');
  expect([status, err]).toEqual([expected, expect.stringContaining('nowhere')]);
});

it('says that a port is taken', async () => {
  const port = new URL(played.address).port;
  const { status, err } = await polytagEval('play', '--port', port);
  expect([status, err]).toEqual([2, expect.stringContaining('--port 0')]);
});
