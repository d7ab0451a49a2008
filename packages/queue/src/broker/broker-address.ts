import { readFileSync } from 'node:fs';
import { printable, UsageError } from '@polytag/core';
import { fileErrorFrom } from '@polytag/files';
import type { RedisOptions } from 'ioredis';

/** Address and credentials of the broker. */
export interface BrokerAddress {
  /** Host, port and database, without secrets: safe to log. */
  readonly shown: string;
  readonly options: RedisOptions;
}

/**
 * The broker that a command means. Secrets come from the environment: `POLYTAG_QUEUE_USERNAME`, `POLYTAG_QUEUE_PASSWORD`,
 * and for TLS (`rediss://`) the files `POLYTAG_QUEUE_CA`, `POLYTAG_QUEUE_CERT` and `POLYTAG_QUEUE_KEY`.
 *
 * @param url as the option gives it: `redis://HOST:PORT/DATABASE`; `true` for an option without a value, which means
 *   `POLYTAG_QUEUE_URL`
 * @throws UsageError `queue/url`
 */
export function brokerAddress(url: string | true, env: NodeJS.ProcessEnv = process.env): BrokerAddress {
  const text = url === true ? (env['POLYTAG_QUEUE_URL'] ?? '') : url;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const isTls = parsed?.protocol === 'rediss:';
  const database = Number(parsed?.pathname.slice(1) || 0);
  if (!parsed || (!isTls && parsed.protocol !== 'redis:') || !Number.isInteger(database)) {
    throw new UsageError(
      'queue/url',
      // A URL may hold a password: it is not repeated.
      text === '' ? 'No broker address was given.' : 'The broker address is invalid.',
      {
        hint: 'Use --queue redis://HOST:6379 (rediss:// for TLS), or --queue alone with POLYTAG_QUEUE_URL set.',
      },
    );
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  const port = Number(parsed.port || 6379);
  const file = (name: string) => {
    const path = env[name];
    return path === undefined ? undefined : readSecret(path);
  };
  return {
    shown: `${host}:${port}${database === 0 ? '' : `/${database}`}`,
    options: {
      host,
      port,
      db: database,
      username: env['POLYTAG_QUEUE_USERNAME'] ?? (decodeURIComponent(parsed.username) || undefined),
      password: env['POLYTAG_QUEUE_PASSWORD'] ?? (decodeURIComponent(parsed.password) || undefined),
      ...(isTls && {
        tls: {
          servername: host,
          ca: file('POLYTAG_QUEUE_CA'),
          cert: file('POLYTAG_QUEUE_CERT'),
          key: file('POLYTAG_QUEUE_KEY'),
        },
      }),
    },
  };
}

function readSecret(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fileErrorFrom(error) ?? new UsageError('queue/url', `${printable(path, 400)} cannot be read.`);
  }
}
