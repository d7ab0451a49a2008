import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request, as far as the tests ask. */
export interface Asked {
  readonly path: string;
  readonly range?: string;
  readonly ifRange?: string;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on this machine. `answers` are given in turn, the last one again and again. */
export class FileServer {
  readonly asked: Asked[] = [];
  answers: Answer[] = [];

  private constructor(private readonly server: ReturnType<typeof createServer>) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { range, 'if-range': ifRange } = request.headers;
      this.asked.push({ path: request.url!, range, ifRange: ifRange as string | undefined });
      const answer = this.answers.length > 1 ? this.answers.shift()! : this.answers[0];
      answer(request, response);
    });
  }

  static async start(): Promise<FileServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FileServer(server);
  }

  address(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export interface Served {
  readonly etag?: string;
  readonly lastModified?: string;
  /** Whether a part can be asked for. */
  readonly ranges?: boolean;
  /** Bytes after which the connection is cut. */
  readonly cutAfter?: number;
  /** The connection is not cut, but nothing more comes. */
  readonly stall?: boolean;
}

/** Gives a file as a server of files does. */
export function gives(bytes: Uint8Array, served: Served = {}): Answer {
  const { etag = '"one"', lastModified, ranges = true, cutAfter, stall = false } = served;
  return (request, response) => {
    const { range, 'if-range': condition } = request.headers;
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const partial =
      ranges && start > 0 && (condition === undefined || condition === etag || condition === lastModified);
    if (partial && start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}`, ...(etag && { etag }) }).end();
      return;
    }
    const body = partial ? bytes.subarray(start) : bytes;
    response.writeHead(partial ? 206 : 200, {
      'content-length': body.length,
      ...(etag && { etag }),
      ...(lastModified && { 'last-modified': lastModified }),
      ...(partial && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    if (cutAfter === undefined) return void response.end(body);
    response.write(body.subarray(0, cutAfter), () => {
      // What was written is to arrive before the connection ends.
      if (!stall) setTimeout(() => response.destroy(), 100);
    });
  };
}

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end('no');
