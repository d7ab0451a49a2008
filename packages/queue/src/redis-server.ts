import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { brokerModules, type BrokerModules } from './broker/connect.js';

/** A broker of this machine, for trying queues out and for tests. */
export interface RedisServer {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** Where it keeps its append-only file. Default: it keeps nothing. */
  readonly folder?: string;
  /** Default: one that is free. */
  readonly port?: number;
}

/**
 * Starts redis-server (or valkey-server) on this machine and waits until it answers.
 *
 * @returns undefined if neither program is installed
 * @throws QueueError `queue/not-installed` without the packages bullmq and ioredis
 */
export async function startRedisServer({ folder, port }: RedisServerOptions = {}): Promise<
  RedisServer | undefined
> {
  // First: a server that nobody can ask would be left behind.
  const modules = await brokerModules();
  const own = port ?? (await freePort());
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const options = [
    ...['--port', String(own), '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction'],
    ...(folder === undefined
      ? ['--appendonly', 'no']
      : ['--appendonly', 'yes', '--appendfsync', 'everysec', '--dir', folder]),
  ];
  for (const program of ['redis-server', 'valkey-server']) {
    const server = spawn(program, options, { stdio: 'ignore' });
    const isThere = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.once('spawn', () => resolve(true));
    });
    if (!isThere) continue;
    await answers(own, modules);
    const stop = async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
    };
    return { url: `redis://127.0.0.1:${own}`, process: server, stop };
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number, { Redis }: BrokerModules): Promise<void> {
  const client = new Redis({ port, maxRetriesPerRequest: null, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  await client.ping();
  client.disconnect();
}
