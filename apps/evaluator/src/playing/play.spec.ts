import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ModelProject, polytagEval } from '../evaluator.fixture.js';
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
  expect(offer.data).toEqual({ name: 'val.json' });
  expect(offer.model.files).toEqual(expect.arrayContaining(['config.json', 'model.safetensors']));
  const weights = await ask('play/model/model.safetensors', own());
  expect(weights.text).toBe(await readFile(join(project.best, 'model.safetensors'), 'latin1'));
  const image = await ask('play/image/2', own());
  const [, , [name]] = JSON.parse(await readFile(data, 'utf8')).images;
  expect(image.text).toBe(await readFile(project.path('data', name), 'latin1'));
});

it('lets the page run its own scripts alone', async () => {
  const policy = String((await ask('')).headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|https?:/);
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
  'play/model/../../data/val.json',
  'play/model/backbone.mjs',
  'play/image/999',
  '.hidden',
])('has no %s', async (path) => {
  expect((await ask(path, own())).status).toBe(404);
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
  const away = await project.write(
    'data/away.json',
    JSON.stringify({
      classes: ['<img src=x>'],
      images: ['../secret.txt', project.path('secret.txt'), 'link.png', 'images/../../secret.txt'].map(
        (name) => [name, []],
      ),
    }),
  );
  const other = await startPlaying({ data: away, port: 0 }, page);
  const [before, beforeToken] = [played, token];
  try {
    played = other;
    token = /content="([^"]+)"/.exec((await ask('')).text)![1];
    for (const index of [0, 1, 2, 3]) {
      const { status, text } = await ask(`play/image/${index}`, own());
      expect([status, text]).toEqual([403, expect.stringContaining('data/image-outside')]);
      expect(text).not.toContain('secret\n');
    }
  } finally {
    await other.close();
    [played, token] = [before, beforeToken];
  }
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
