import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A mirror of this machine that has one file, at any address, and goes on where a download broke off. */
export async function serveWeights(
  content: () => Promise<Uint8Array>,
): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    void content().then((bytes) => {
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, {
        etag: '"1"',
        'content-type': 'application/octet-stream',
        'content-length': bytes.length - start,
        ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
      });
      response.end(request.method === 'HEAD' ? undefined : bytes.subarray(start));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
