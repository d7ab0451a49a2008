import { jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cachedPath } from './address.js';
import { fetchFile, type DownloadProgress, type FetchFileOptions } from './fetch-file.js';
import { FileServer, gives, status } from './file-server.fixture.js';

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 251);
const other = bytes.map((byte) => byte ^ 1);
const sha256 = createHash('sha256').update(bytes).digest('hex');

let folder: string;
let server: FileServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-'));
  server = await FileServer.start();
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const address = () => server.address('/models/net-1.pth');
const place = () => cachedPath(address(), folder);
const fetched = (options: FetchFileOptions = {}) =>
  fetchFile(address(), { folder, mirror: '', retryAfter: [0, 0, 0], stallSeconds: 5, ...options });
const content = async (path: string) => new Uint8Array(await readFile(path));
/** What lies beside the file. */
const names = async () => (await readdir(dirname(place()))).sort();

it('fetches a file once, whole, under its own name', async () => {
  server.answers = [gives(bytes)];
  const seen: DownloadProgress[] = [];
  const path = await fetched({ sha256, onProgress: (progress) => seen.push(progress) });
  expect(path).toBe(place());
  expect(path).toMatch(/[0-9a-f]{12}\/net-1\.pth$/);
  expect(await content(path)).toEqual(bytes);
  expect(seen.at(-1)).toMatchObject({ received: 1000, total: 1000, secondsLeft: 0 });
  expect(await names()).toEqual(['net-1.pth', 'net-1.pth.json']);
  expect(await fetched({ sha256: sha256.slice(0, 8) })).toBe(path);
  expect(server.asked).toEqual([{ path: '/models/net-1.pth', range: undefined, ifRange: undefined }]);
});

it('asks a mirror, whose folders are named by host and path', async () => {
  server.answers = [gives(bytes)];
  const options = { folder, mirror: server.address('/mirror/'), sha256 };
  await fetchFile('https://example.org/a/net.pth?version=2', options);
  expect(server.asked[0].path).toBe('/mirror/example.org/a/net.pth?version=2');
});

describe('a connection that breaks off', () => {
  it('is resumed where it stopped', async () => {
    server.answers = [gives(bytes, { cutAfter: 400 }), gives(bytes, { cutAfter: 300 }), gives(bytes)];
    expect(await content(await fetched({ sha256 }))).toEqual(bytes);
    expect(server.asked.slice(1)).toEqual([
      { path: '/models/net-1.pth', range: 'bytes=400-', ifRange: '"one"' },
      { path: '/models/net-1.pth', range: 'bytes=700-', ifRange: '"one"' },
    ]);
  });

  it('is resumed by the date of the file where there is no strong ETag', async () => {
    const served = { etag: 'W/"weak"', lastModified: 'Wed, 25 Nov 2026 10:00:00 GMT' };
    server.answers = [gives(bytes, { ...served, cutAfter: 400 }), gives(bytes, served)];
    await fetched({ sha256 });
    expect(server.asked[1]).toMatchObject({ range: 'bytes=400-', ifRange: served.lastModified });
  });

  it('is begun anew where nothing tells the version', async () => {
    server.answers = [gives(bytes, { etag: '', cutAfter: 400 }), gives(bytes, { etag: '' })];
    await fetched({ sha256 });
    expect(server.asked[1].range).toBeUndefined();
  });

  it('that does so again and again is given up; the next download goes on', async () => {
    server.answers = [gives(bytes, { cutAfter: 400 }), gives(bytes, { cutAfter: 0 })];
    await expect(fetched()).rejects.toMatchObject({
      code: 'download/broken-off',
      hint: expect.stringContaining('first 400 bytes are kept'),
    });
    // One that brought something, and three that did not after it.
    expect(server.asked).toHaveLength(4);
    expect(await names()).toEqual(['net-1.pth.incomplete', 'net-1.pth.incomplete.json']);
    server.answers = [gives(bytes)];
    expect(await content(await fetched({ sha256 }))).toEqual(bytes);
    expect(server.asked.at(-1)!.range).toBe('bytes=400-');
    expect(await names()).toEqual(['net-1.pth', 'net-1.pth.json']);
  });

  it('by stalling is given up and resumed', async () => {
    server.answers = [gives(bytes, { cutAfter: 400, stall: true }), gives(bytes)];
    expect(await content(await fetched({ sha256, stallSeconds: 0.5 }))).toEqual(bytes);
    expect(server.asked[1].range).toBe('bytes=400-');
  });

  it('after the last byte needs no more', async () => {
    await mkdir(dirname(place()), { recursive: true });
    await writeFile(`${place()}.incomplete`, bytes);
    await writeFile(`${place()}.incomplete.json`, JSON.stringify({ etag: '"one"', size: 1000 }));
    server.answers = [gives(bytes)];
    expect(await content(await fetched({ sha256 }))).toEqual(bytes);
    expect(server.asked.map(({ range }) => range)).toEqual(['bytes=1000-']);
  });

  it('goes on with what a process left that died, and removes what else it left', async () => {
    await mkdir(dirname(place()), { recursive: true });
    const { pid, host } = await deadProcess();
    for (const [id, length] of [
      ['a', 600],
      ['b', 500],
    ] as const) {
      const path = `${place()}.${host}-${pid}-${id.repeat(36)}.incomplete`;
      await writeFile(path, bytes.subarray(0, length));
      await writeFile(`${path}.json`, JSON.stringify({ etag: '"one"', size: 1000 }));
    }
    server.answers = [gives(bytes)];
    await fetched({ sha256 });
    expect(['bytes=600-', 'bytes=500-']).toContain(server.asked[0].range);
    expect(await names()).toEqual(['net-1.pth', 'net-1.pth.json']);
  });
});

describe('a server', () => {
  it('that cannot send parts is asked for the whole', async () => {
    server.answers = [gives(bytes, { cutAfter: 400 }), gives(bytes, { ranges: false })];
    expect(await content(await fetched({ sha256 }))).toEqual(bytes);
  });

  it('whose file has changed meanwhile gives the new one, whole', async () => {
    server.answers = [gives(other, { cutAfter: 400 }), gives(bytes, { etag: '"two"' })];
    expect(await content(await fetched({ sha256 }))).toEqual(bytes);
  });

  it('that sends a part of a changed file all the same is not believed', async () => {
    const part: Parameters<typeof server.answers.push>[0] = (_, response) =>
      void response
        .writeHead(206, { 'content-range': 'bytes 400-999/1000', etag: '"two"' })
        .end(other.subarray(400));
    server.answers = [gives(bytes, { cutAfter: 400 }), part, gives(bytes, { etag: '"two"' })];
    expect(await content(await fetched())).toEqual(bytes);
    expect(server.asked[2].range).toBeUndefined();
  });

  it('whose file is shorter now is asked for the whole', async () => {
    server.answers = [
      gives(other, { cutAfter: 900 }),
      status(416, { 'content-range': 'bytes */800' }),
      gives(bytes),
    ];
    expect(await content(await fetched({ sha256 }))).toEqual(bytes);
  });

  it('that is busy is asked again', async () => {
    server.answers = [status(503), status(429), gives(bytes)];
    await fetched({ sha256 });
    expect(server.asked).toHaveLength(3);
  });

  it.each([
    [404, 'download/not-found', 1],
    [410, 'download/not-found', 1],
    [403, 'download/refused', 1],
    [418, 'download/status', 1],
    [429, 'download/busy', 4],
    [500, 'download/status', 4],
  ])('that answers %i is named, with what to do', async (code, error, asked) => {
    server.answers = [status(code)];
    await expect(fetched()).rejects.toMatchObject({
      code: error,
      message: expect.stringMatching(new RegExp(`^${address()}: .*HTTP ${code}`)),
      hint: expect.stringContaining(place()),
    });
    expect(server.asked).toHaveLength(asked);
    expect(await names()).toEqual([]);
  });

  it('that gives a page instead is told from one that gives the file', async () => {
    server.answers = [
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'),
    ];
    await expect(fetched()).rejects.toMatchObject({ code: 'download/web-page' });
    expect(await names()).toEqual([]);
  });

  it('that gives another file is refused, and nothing is kept', async () => {
    server.answers = [gives(other)];
    await expect(fetched({ sha256 })).rejects.toMatchObject({
      code: 'download/checksum',
      message: expect.stringContaining(`expected ${sha256}`),
    });
    expect(await names()).toEqual([]);
  });

  it('that is not there is named, with how to do without', async () => {
    const gone = address();
    await server.stop();
    const path = cachedPath(gone, folder);
    await expect(fetchFile(gone, { folder, mirror: '', retryAfter: [0, 0, 0] })).rejects.toMatchObject({
      code: 'download/no-network',
      message: expect.stringMatching(/cannot be reached: .*ECONNREFUSED/),
      hint: expect.stringContaining(`Download ${gone} yourself and save it as ${path}`),
    });
    server = await FileServer.start();
  });
});

describe('the cache', () => {
  it('takes a file that a person put there, when it is the right one', async () => {
    await mkdir(dirname(place()), { recursive: true });
    await writeFile(place(), bytes);
    expect(await fetched({ sha256 })).toBe(place());
    await writeFile(place(), other);
    await rm(`${place()}.json`);
    await expect(fetched({ sha256 })).rejects.toMatchObject({ code: 'download/checksum' });
    expect(await content(place())).toEqual(other);
    expect(server.asked).toEqual([]);
  });

  it('fetches again what has been damaged since', async () => {
    server.answers = [gives(bytes)];
    await fetched();
    await writeFile(place(), other);
    await utimes(place(), 1, 1);
    expect(await content(await fetched())).toEqual(bytes);
    expect(server.asked).toHaveLength(2);
  });

  it('serves two at once in one process by one download, and another checksum is still looked at', async () => {
    server.answers = [gives(bytes)];
    const [one, two, wrong] = await Promise.allSettled([
      fetched({ sha256 }),
      fetched(),
      fetched({ sha256: '0'.repeat(64) }),
    ]);
    expect([one, two]).toEqual([
      { status: 'fulfilled', value: place() },
      { status: 'fulfilled', value: place() },
    ]);
    expect(wrong).toMatchObject({ status: 'rejected', reason: { code: 'download/checksum' } });
    expect(server.asked).toHaveLength(1);
  });

  it('does not let one caller down for what stopped another', async () => {
    server.answers = [gives(bytes, { cutAfter: 400, stall: true }), gives(bytes)];
    const stop = new AbortController();
    const first = fetched({
      signal: stop.signal,
      onProgress: ({ received }) => received === 400 && stop.abort(),
    });
    const second = fetched({ sha256 });
    await expect(first).rejects.toMatchObject({ code: 'download/stopped' });
    expect(await content(await second)).toEqual(bytes);
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, 'bytes=400-']);
  });

  it('leaves alone what a living process is writing', async () => {
    await mkdir(dirname(place()), { recursive: true });
    const { host } = await deadProcess();
    const theirs = `net-1.pth.${host}-${process.ppid}-${'a'.repeat(36)}.incomplete`;
    await writeFile(join(dirname(place()), theirs), other.subarray(0, 10));
    server.answers = [gives(bytes)];
    expect(await content(await fetched({ sha256 }))).toEqual(bytes);
    expect(await names()).toEqual(['net-1.pth', theirs, 'net-1.pth.json'].sort());
  });

  it('keeps what came before the disk was full', async () => {
    server.answers = [gives(bytes, { cutAfter: 400, stall: true }), gives(bytes)];
    // The first part is there; the write after it finds no space.
    const stop = new AbortController();
    const first = fetched({
      signal: stop.signal,
      onProgress: ({ received }) => received === 400 && stop.abort(),
    });
    await expect(first).rejects.toMatchObject({ code: 'download/stopped', exitCode: 130 });
    const handle = await open(`${place()}.incomplete`);
    const write = jest
      .spyOn(Object.getPrototypeOf(handle) as { write: () => Promise<unknown> }, 'write')
      .mockRejectedValueOnce(
        Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
      );
    await handle.close();
    try {
      await expect(fetched()).rejects.toMatchObject({
        code: 'file/ENOSPC',
        exitCode: 7,
        hint: expect.stringContaining('POLYTAG_CACHE'),
      });
    } finally {
      write.mockRestore();
    }
    expect(await content(`${place()}.incomplete`)).toEqual(bytes.subarray(0, 400));
    expect(await content(await fetched({ sha256 }))).toEqual(bytes);
    expect(server.asked.at(-1)!.range).toBe('bytes=400-');
  });

  it('that cannot be written to is named', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(fetched({ folder: file })).rejects.toMatchObject({
      code: 'file/ENOTDIR',
      hint: expect.stringContaining('POLYTAG_CACHE'),
    });
  });
});

it.each([
  ['ftp://example.org/a.pth', {}, 'usage/address'],
  ['https://', {}, 'usage/address'],
  ['https://example.org/a.pth', { sha256: 'abc' }, 'usage/checksum'],
  ['https://example.org/a.pth', { mirror: 'example.org' }, 'usage/address'],
])('refuses %s with %j', async (wrong, options, code) => {
  await expect(fetchFile(wrong, { folder, ...options })).rejects.toMatchObject({ code });
});

/** The number of a process that has ended, and how names of files call this host. */
async function deadProcess(): Promise<{ readonly pid: number; readonly host: string }> {
  const { spawnSync } = await import('node:child_process');
  const { newOwner } = await import('../files/owner.js');
  const { pid } = spawnSync(process.execPath, ['--version']);
  return { pid, host: newOwner().split('-')[0] };
}
