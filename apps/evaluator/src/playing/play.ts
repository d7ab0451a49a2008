import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { untilInterrupted, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { openPlayedData } from './played-data.js';
import { openPlayedModel } from './played-model.js';
import { answer } from './answer.js';

export interface PlayOptions {
  readonly model?: string;
  readonly data?: string;
  readonly port: number;
}

/** The built page, which ships with this package. */
const PAGE = new URL('../../page/', import.meta.url);

/** Serves the page on 127.0.0.1 until it is interrupted. Its address goes to `out`, in a line of its own. */
export async function play(options: PlayOptions, streams: Streams): Promise<void> {
  await untilInterrupted(async (signal) => {
    const { address, close } = await startPlaying(options);
    streams.out.write(`${address}\n`);
    streams.err.write('Open it in a browser. Stop with Ctrl+C.\n');
    if (!signal.aborted)
      await new Promise((stopped) => signal.addEventListener('abort', stopped, { once: true }));
    await close();
  });
}

/**
 * Starts the server of the page.
 *
 * @param page folder of the built page, with the last slash. Default: the one of this package
 * @throws UsageError `usage/port-taken`; CheckpointError or DataError of a model folder or label file that cannot be read
 */
export async function startPlaying(
  { model, data, port }: PlayOptions,
  page: URL = PAGE,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const played = {
    model: model === undefined ? undefined : await openPlayedModel(model),
    data: data === undefined ? undefined : await openPlayedData(data),
  };
  // Who has it has read the page, which other origins cannot.
  const token = randomBytes(24).toString('base64url');
  let host = '';
  const server = createServer((request, response) => {
    void answer(request, response, { ...played, page, token, host });
  });
  await listen(server, port);
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address: `http://${host}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((started, failed) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      failed(
        new UsageError('usage/port-taken', `Port ${port} of 127.0.0.1 cannot be used: ${cause.code}.`, {
          hint: 'Another program may be using it. Choose another port, or use --port 0 for any free one.',
          cause,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', started);
  });
}
