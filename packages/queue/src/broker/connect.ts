import { setTimeout } from 'node:timers/promises';
import { printable, QueueError } from '@polytag/core';
import type * as BullMQ from 'bullmq';
import type { Redis } from 'ioredis';
import type { Store } from '../store/store.js';
import type { BrokerAddress } from './broker-address.js';

/** BullMQ and its client, which only queues need. */
export interface BrokerModules {
  readonly bullmq: typeof BullMQ;
  readonly Redis: typeof Redis;
}

/** @throws QueueError `queue/not-installed` */
export async function brokerModules(): Promise<BrokerModules> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Redis: ioredis.Redis };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause;
    throw new QueueError(
      'queue/not-installed',
      'A queue needs the packages bullmq and ioredis, which are not installed.',
      {
        hint: 'Install them: npm i bullmq@6.7.0 ioredis@5.9.2. Without --queue, the command runs on this machine.',
        cause,
      },
    );
  }
}

/** The queue of a program's jobs in a store: workers of another store take none of them. */
export const queueName = (program: string, store: Store): string => `polytag-${program}-${store.id}`;

/** How long the first connection may take, ms. */
const FIRST = 10_000;

/** How often the broker is asked whether it is there, and how long it may take to answer, ms. */
const SILENCE = 15_000;

/**
 * Connects to the broker. A connection that was there once comes back by itself, however long the broker is away. One that
 * a network has dropped without a word is found out and made anew: what was not answered is asked again.
 *
 * @param tell is told once that the broker is away, and that it is back
 * @param silence how long the broker may not answer, ms
 * @throws QueueError `queue/unreachable`
 */
export async function connect(
  { Redis }: BrokerModules,
  { shown, options }: BrokerAddress,
  tell: (line: string) => void,
  silence = SILENCE,
): Promise<Redis> {
  const unreachable = (cause: unknown) =>
    new QueueError('queue/unreachable', `The broker at ${shown} cannot be reached: ${reasonOf(cause)}.`, {
      hint: isOfTls(cause)
        ? 'Check its certificate, and POLYTAG_QUEUE_CA, the file of the authority that signed it. rediss:// is for TLS, redis:// is without.'
        : 'Check that Redis or Valkey is running there, and check POLYTAG_QUEUE_USERNAME and POLYTAG_QUEUE_PASSWORD.',
    });
  const probe = new Redis({
    ...options,
    lazyConnect: true,
    connectTimeout: FIRST,
    retryStrategy: () => null,
  });
  let reason: unknown;
  probe.on('error', (error) => (reason = error));
  try {
    await probe.connect();
    await probe.ping();
  } catch (error) {
    throw unreachable(reason ?? error);
  } finally {
    probe.disconnect();
  }
  const redis = new Redis({
    ...options,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(250 * times, 3000),
  });
  let isAway = false;
  redis.on('error', () => undefined);
  redis.on('close', () => {
    if (isAway || redis.status === 'end') return;
    isAway = true;
    tell(`lost the connection to the broker at ${shown}; reconnecting`);
  });
  redis.on('ready', () => {
    if (isAway) tell(`reconnected to the broker at ${shown}`);
    isAway = false;
  });
  const watch = setInterval(() => void reconnectIfSilent(redis, silence), silence).unref();
  redis.on('end', () => clearInterval(watch));
  return redis;
}

async function reconnectIfSilent(redis: Redis, silence: number): Promise<void> {
  if (redis.status !== 'ready') return;
  let isAnswered = false;
  const ping = redis.ping().then(
    () => (isAnswered = true),
    () => (isAnswered = true),
  );
  await Promise.race([ping, setTimeout(silence, undefined, { ref: false })]);
  if (!isAnswered && redis.status === 'ready') redis.disconnect(true);
}

/** Without what a client may repeat of the address. */
const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined) return code;
  return /WRONGPASS|NOAUTH|NOPERM|DB index is out of range/.exec(String(message))?.[0] ?? 'no connection';
};

/** Whether a handshake or a certificate is to blame, by the names that OpenSSL and Node give. */
const isOfTls = (error: unknown): boolean =>
  /CERT|SIGNED|ISSUER|^ERR_(TLS|SSL)|EPROTO/.test((error as NodeJS.ErrnoException).code ?? '');

/**
 * What a broker that is there refused: memory or disk are full, it is a replica, or the user may not.
 *
 * @returns undefined for any other error
 */
export function refusalFrom(error: unknown, { shown }: Pick<BrokerAddress, 'shown'>): QueueError | undefined {
  if ((error as Error | undefined)?.name !== 'ReplyError') return undefined;
  // Its other fields hold the command with all that was sent.
  return new QueueError(
    'queue/refused',
    `The broker at ${shown} refused a command: ${printable((error as Error).message, 200)}`,
    {
      hint: 'Check its memory (maxmemory) and disk, that it is no replica, and what its user may do. Then repeat the command.',
    },
  );
}
