import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { crc32, gzipSync } from 'node:zlib';
import { ModelProject, polytagEval } from '../evaluator.fixture.js';
import { openServer, type ServeOptions, type Serving } from './serve-model.js';
import { errorSchema, healthSchema, modelSchema, predictionSchema, resultsSchema } from './schemas.js';

let project: ModelProject;
let serving: Serving;
let photo: Buffer;
let path: string;
const err = new PassThrough();

const open = (options: Partial<ServeOptions> = {}, isAllowed?: (address: string) => boolean) =>
  openServer(
    {
      model: project.best,
      engine: 'wasm',
      host: '127.0.0.1',
      port: 0,
      wait: 5,
      queue: 8,
      maxBytes: 100_000,
      timeout: 20,
      ...options,
    },
    { out: new PassThrough(), err },
    { isAllowed },
  );

beforeAll(async () => {
  project = await ModelProject.make();
  path = project.path('data/images/val-00000.png');
  photo = await readFile(path);
  serving = await open();
});
afterAll(async () => {
  await serving.stop();
  await project.remove();
});

type Answer = { readonly status: number; readonly headers: Headers; readonly json: unknown };

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, json: await response.json() };
}

const post = (to: string, body: RequestInit['body'], type = 'application/octet-stream') =>
  ask(`${serving.address}${to}`, { method: 'POST', body, headers: { 'content-type': type } });

const codeOf = ({ json }: Answer) => errorSchema.parse(json).error.code;

it('answers a picture with what predict says of it', async () => {
  const { out } = await polytagEval('predict', path, '--model', project.best, '--json', '--scores');
  const { labels } = JSON.parse(out) as { labels: { label: string; score: number }[] };
  const all = await post('/predict?scores=all', photo);
  expect([all.status, predictionSchema.parse(all.json)]).toEqual([200, { labels }]);
  const best = await post('/predict?top=2', photo, 'image/png');
  expect(best.json).toEqual({ labels: labels.slice(0, 2) });
  const limit = labels[3].score;
  const above = await post(`/predict?threshold=${limit}`, photo);
  expect(above.json).toEqual({ labels: labels.slice(0, 4) });
  const own = await post('/predict', photo);
  expect(own.json).toEqual({ labels: labels.filter(({ score }) => score > 0.5) });
});

it('answers each file of a form, whatever those beside it are', async () => {
  const form = new FormData();
  const file = (bytes: Uint8Array) => new Blob([Uint8Array.from(bytes)]);
  form.append('image', file(photo), 'good.png');
  form.append('image', file(photo.subarray(0, 60)), 'torn.png');
  form.append('image', file(Buffer.from('text')), 'notes.jpg');
  form.append('image', file(photo), 'good again.png');
  const { status, json } = await ask(`${serving.address}/predict?top=1`, { method: 'POST', body: form });
  const { results } = resultsSchema.parse(json);
  expect(status).toBe(200);
  expect(results.map((one) => [one.image, 'error' in one ? one.error.code : one.labels.length])).toEqual([
    ['good.png', 1],
    ['torn.png', 'data/image-truncated'],
    ['notes.jpg', 'data/not-an-image'],
    ['good again.png', 1],
  ]);
});

it('tells the sender of a picture without line breaks what curl --data does', async () => {
  const stripped = photo.filter((byte) => byte !== 10 && byte !== 13);
  const form = 'application/x-www-form-urlencoded';
  const hints = (
    await Promise.all([post('/predict', stripped, form), post('/predict', photo.subarray(0, 60), form)])
  ).map(({ json }) => errorSchema.parse(json).error.hint);
  expect(hints).toEqual([
    expect.stringContaining('--data-binary'),
    expect.not.stringContaining('--data-binary'),
  ]);
});

it.each<[string, string, RequestInit['body'] | (() => RequestInit['body']), string, number, string]>([
  ['a text', '/predict', 'text', 'image/jpeg', 415, 'data/not-an-image'],
  ['a torn picture', '/predict', () => photo.subarray(0, 60), 'image/png', 422, 'data/image-truncated'],
  ['no body', '/predict', '', 'image/png', 400, 'serve/no-image'],
  ['more than is allowed', '/predict', Buffer.alloc(100_001), 'image/png', 413, 'serve/body-too-large'],
  ['broken JSON', '/predict', '["a', 'application/json', 400, 'serve/bad-json'],
  ['JSON of something else', '/predict', '[1]', 'application/json', 400, 'usage/invalid'],
  [
    'an address that is not to be fetched',
    '/predict',
    '["http://a/"]',
    'application/json',
    403,
    'serve/urls-off',
  ],
  [
    'a list that is sent as a form, as curl -d does',
    '/predict',
    '["http://a/"]',
    'application/x-www-form-urlencoded',
    415,
    'serve/json-type',
  ],
  [
    'a list with a byte order mark that is sent as text',
    '/predict',
    '\ufeff\n ["http://a/"]',
    'text/plain',
    415,
    'serve/json-type',
  ],
  ['an object that is sent as a picture', '/predict', '{"image": ""}', 'image/jpeg', 415, 'serve/json-type'],
  ['a form that is none', '/predict', 'x', 'multipart/form-data; boundary=b', 400, 'serve/bad-form'],
  ['a form without boundary', '/predict', 'x', 'multipart/form-data', 400, 'serve/bad-form'],
  [
    'a form of more parts than are allowed, whose boundary another parameter hides',
    '/predict',
    `${'--b\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\n\r\n'.repeat(1001)}--b--`,
    'multipart/form-data; xboundary=other; boundary=b',
    400,
    'serve/bad-form',
  ],
  [
    'a form with a part of many headers',
    '/predict',
    `--b\r\n${'X: y\r\n'.repeat(3000)}Content-Disposition: form-data; name="a"; filename="f"\r\n\r\nx\r\n--b--\r\n`,
    'multipart/form-data; boundary=b',
    400,
    'serve/bad-form',
  ],
  ['an option that is unknown', '/predict?tpo=3', () => photo, 'image/png', 400, 'usage/unknown-key'],
  ['an option that is out of range', '/predict?top=0', () => photo, 'image/png', 400, 'usage/invalid'],
  ['a count in another base', '/predict?top=0x2', () => photo, 'image/png', 400, 'usage/invalid'],
  ['a count with an exponent', '/predict?top=1e0', () => photo, 'image/png', 400, 'usage/invalid'],
  ['a limit in another base', '/predict?threshold=0x0', () => photo, 'image/png', 400, 'usage/invalid'],
  ['an option without a value', '/predict?threshold=', () => photo, 'image/png', 400, 'usage/invalid'],
  [
    'JSON that is not UTF-8',
    '/predict',
    Buffer.from('["\xff"]', 'latin1'),
    'application/json',
    400,
    'serve/bad-json',
  ],
  [
    'two ways to choose labels',
    '/predict?top=1&threshold=0.9',
    () => photo,
    'image/png',
    400,
    'usage/invalid',
  ],
  ['another method', '/health', 'x', 'image/png', 405, 'serve/wrong-method'],
  ['another path', '/predictions', 'x', 'image/png', 404, 'serve/not-found'],
])('refuses %s with a code and what to do', async (_, to, body, type, status, code) => {
  const answer = await post(to, typeof body === 'function' ? body() : body, type);
  expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  expect(errorSchema.parse(answer.json).error.hint).toMatch(/./);
});

it('looks at what a picture is, not at what it is called', async () => {
  for (const type of ['text/plain', ';;;', 'x'])
    expect([type, (await post('/predict?top=1', photo, type)).status]).toEqual([type, 200]);
  const packed = await ask(`${serving.address}/predict`, {
    method: 'POST',
    body: gzipSync(photo),
    headers: { 'content-encoding': 'gzip' },
  });
  expect([packed.status, codeOf(packed)]).toEqual([415, 'serve/encoded-body']);
  const other = await fetch(`${serving.address}/predict`, { method: 'PUT' });
  expect([other.status, other.headers.get('allow')]).toEqual([405, 'POST']);
});

it.each([
  ['no host', 400, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['an expectation', 417, 'POST /predict HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n'],
  ['a tunnel', 405, 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n'],
])('answers %s with JSON too', async (_, status, request) => {
  const said = await raw(request);
  expect(said).toContain(`HTTP/1.1 ${status} `);
  expect(
    errorSchema.parse(JSON.parse(said.slice(said.indexOf('{"'), said.lastIndexOf('}') + 1))),
  ).toMatchObject({
    error: { code: 'serve/bad-request' },
  });
});

it('refuses a small file of more pixels than are allowed, and what is no HTTP', async () => {
  const answer = await post('/predict', claiming(photo, 9000));
  expect([answer.status, codeOf(answer)]).toEqual([413, 'data/image-too-large']);
  const said = await raw('no http\r\n\r\n');
  expect(said).toContain('400 Bad Request');
  expect(JSON.parse(said.slice(said.indexOf('{')))).toMatchObject({ error: { code: 'serve/bad-http' } });
});

/** A PNG whose header says that it is so many pixels wide and high. */
function claiming(png: Buffer, side: number): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(side, 16);
  changed.writeUInt32BE(side, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

/** What the server says to bytes, until it ends the connection. */
function raw(bytes: string, address = serving.address): Promise<string> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1');
  socket.write(bytes);
  return new Promise((done) => {
    let said = '';
    socket.on('data', (chunk) => (said += chunk)).on('close', () => done(said));
  });
}

it('tells its health, its labels, its figures and how it is asked', async () => {
  const health = await ask(`${serving.address}/health`);
  expect(healthSchema.parse(health.json)).toEqual({ status: 'ok', waiting: 0 });
  const { labels } = modelSchema.parse((await ask(`${serving.address}/model`)).json);
  expect(labels.length).toBeGreaterThan(5);
  expect(labels.every(({ threshold }) => threshold === 0.5)).toBe(true);

  const figures = await (await fetch(`${serving.address}/metrics`)).text();
  expect(figures).toMatch(/^polytag_images_total\{outcome="predicted"\} [1-9]/m);
  expect(figures).toMatch(/^polytag_images_total\{outcome="data\/image-truncated"\} [1-9]/m);
  expect(figures).toMatch(/^polytag_requests_total\{status="413"\} [1-9]/m);
  expect(figures).toMatch(/^polytag_images_waiting 0$/m);
  expect(figures).toMatch(/^polytag_body_bytes 0$/m);
  expect(figures).toMatch(/^process_resident_memory_bytes [1-9]/m);

  const { json } = await ask(`${serving.address}/openapi.json`);
  const { paths } = json as { paths: Record<string, Record<string, { responses: object }>> };
  for (const [route, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods)) {
      const { status } = await fetch(`${serving.address}${route}`, { method: method.toUpperCase() });
      expect([route, String(status)]).toEqual([route, expect.stringMatching(/^200$|^400$/)]);
      expect(methods[method].responses).toHaveProperty(String(status));
    }
  }
});

it('computes pictures of different requests together, refuses what is too much, and answers all it accepted when it stops', async () => {
  // The network begins when 4 are there: until then all wait, however busy the machine is.
  const small = await open({ wait: 10_000, batch: 4, queue: 4 });
  const predicted = () => ask(`${small.address}/predict`, { method: 'POST', body: Uint8Array.from(photo) });
  const waiting = async () => healthSchema.parse((await ask(`${small.address}/health`)).json).waiting;
  const threeWait = async () => {
    const asked = [predicted(), predicted(), predicted()];
    while ((await waiting()) < 3);
    return asked;
  };
  const figures = async () => (await fetch(`${small.address}/metrics`)).text();
  const asked = await threeWait();
  // What waits is in memory, and counts.
  expect(await figures()).toContain(`\npolytag_body_bytes ${3 * photo.length}\n`);
  const form = new FormData();
  for (const name of ['1', '2']) form.append('image', new Blob([Uint8Array.from(photo)]), name);
  const refused = await ask(`${small.address}/predict`, { method: 'POST', body: form });
  expect([refused.status, codeOf(refused)]).toEqual([429, 'serve/busy']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

  const together = await Promise.all([...asked, predicted()]);
  expect(together.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await figures()).toMatch(/^polytag_batch_images_count 1$/m);
  expect(await figures()).toMatch(/^polytag_body_bytes 0$/m);

  // Nobody comes to those who wait any more.
  const last = await threeWait();
  const stopped = small.stop();
  const answers = await Promise.all(last);
  await stopped;
  // Another batch may round otherwise.
  const labelsOf = ({ json }: Answer) => predictionSchema.parse(json).labels.map(({ label }) => label);
  for (const answer of answers)
    expect([answer.status, labelsOf(answer)]).toEqual([200, labelsOf(together[0])]);
  await expect(fetch(`${small.address}/health`)).rejects.toThrow('fetch failed');
});

it('says what is wrong with an address or a time', async () => {
  await expect(open({ host: '192.0.2.1' })).rejects.toMatchObject({
    code: 'serve/cannot-listen',
    hint: expect.stringContaining('--host') as string,
  });
  for (const [option, value] of [
    ['--host', ''],
    ['--timeout', '3000000'],
  ]) {
    const { status, err: said } = await polytagEval('serve', '--model', project.best, option, value);
    expect([option, status, said]).toEqual([option, 2, expect.stringContaining('Expected ')]);
  }
});

it('refuses an address before it opens the model', async () => {
  await expect(open({ host: '192.0.2.1', model: 'none' })).rejects.toMatchObject({
    code: 'serve/cannot-listen',
  });
});

it('ends at a second signal with status 130, whatever waits', async () => {
  const probe = createServer();
  await new Promise<void>((listens) => probe.listen(0, '127.0.0.1', listens));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  const ended = polytagEval('serve', '--model', project.best, '--port', String(port));
  const health = `http://127.0.0.1:${port}/health`;
  while (!(await fetch(health).catch(() => undefined))) await new Promise((next) => setTimeout(next, 50));
  // A body that does not come would hold the server for 30 s.
  const slow = connect(port, '127.0.0.1').on('error', () => {});
  slow.write('POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n');
  await fetch(health);
  process.emit('SIGTERM');
  await new Promise(setImmediate);
  process.emit('SIGTERM');
  const { status, err: said } = await ended;
  expect([status, said]).toEqual([130, expect.stringContaining('serve/interrupted')]);
  slow.destroy();
});

it('stops while requests go on, with connections that say nothing and a client that is gone', async () => {
  const stopped = await open();
  const port = Number(new URL(stopped.address).port);
  const silent = connect(port, '127.0.0.1').on('error', () => {});
  // Several requests on a connection that breaks off: Node tells the end of the first alone.
  const gone = connect(port, '127.0.0.1').on('error', () => {});
  gone.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3), () => gone.destroy());
  let isOver = false;
  const again = async () => {
    while (!isOver) await ask(`${stopped.address}/health`).catch(() => undefined);
  };
  const asking = [again(), again(), again()];
  await ask(`${stopped.address}/health`);
  await stopped.stop();
  isOver = true;
  await Promise.all(asking);
  silent.destroy();
});

it('gives up on a body that does not come, and on an answer that takes too long', async () => {
  const hasty = await open({ timeout: 1, wait: 5000, batch: 2 });
  const head = 'POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 500\r\n\r\n';
  const late = ask(`${hasty.address}/predict`, { method: 'POST', body: Uint8Array.from(photo) });
  const said = await raw(`${head}slow`, hasty.address);
  expect(said).toContain('408 Request Timeout');
  expect(said).toContain('serve/body-timeout');
  const answer = await late;
  expect([answer.status, codeOf(answer)]).toEqual([503, 'serve/timeout']);
  await hasty.stop();
});

describe('addresses', () => {
  let files: Server;
  let at: string;
  beforeAll(async () => {
    files = createServer((request, response) => {
      if (request.url === '/photo.png') response.end(photo);
      else if (request.url === '/once') response.writeHead(302, { location: '/photo.png' }).end();
      else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end();
      else if (request.url === '/inside') response.writeHead(302, { location: 'http://127.0.0.2/' }).end();
      else if (request.url === '/large') response.end(Buffer.alloc(200_000));
      else if (request.url === '/endless') response.write('x');
      else response.writeHead(404).end();
    });
    await new Promise<void>((done) => files.listen(0, '127.0.0.1', done));
    at = `http://localhost:${(files.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    files.closeAllConnections();
    files.close();
  });

  const codes = async (to: Serving, addresses: readonly string[]) => {
    const body = JSON.stringify(addresses);
    const headers = { 'content-type': 'application/json' };
    const { json } = await ask(`${to.address}/predict`, { method: 'POST', body, headers });
    return resultsSchema.parse(json).results.map((one) => ('error' in one ? one.error.code : 'labels'));
  };

  it('fetches pictures, within limits, and asks of each redirect where it leads', async () => {
    const trusting = await open(
      { allowUrls: true, timeout: 3 },
      (address) => address === '127.0.0.1' || address === '::1',
    );
    const paths = ['/photo.png', '/once', '/round', '/inside', '/large', '/endless', '/none'];
    expect(
      await codes(
        trusting,
        paths.map((path) => at + path),
      ),
    ).toEqual([
      'labels',
      'labels',
      'serve/fetch-failed',
      'serve/fetch-refused',
      'serve/fetch-too-large',
      'serve/fetch-timeout',
      'serve/fetch-failed',
    ]);
    const figures = await (await fetch(`${trusting.address}/metrics`)).text();
    expect(figures).toMatch(/^polytag_body_bytes 0$/m);
    await trusting.stop();
  });

  it('fetches nothing from this machine or its network', async () => {
    const strict = await open({ allowUrls: true });
    const port = new URL(at).port;
    const refused = [
      `${at}/photo.png`,
      `http://127.0.0.1:${port}/photo.png`,
      `http://2130706433:${port}/photo.png`,
      `http://[::ffff:127.0.0.1]:${port}/photo.png`,
      'http://169.254.169.254/latest/meta-data/',
      'file:///etc/passwd',
      `http://user:word@example.org/`,
      'photo.png',
    ];
    expect(await codes(strict, refused)).toEqual(refused.map(() => 'serve/fetch-refused'));
    await strict.stop();
  });
});
