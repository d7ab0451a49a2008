import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
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
 * and for TLS (`rediss://`) the files `POLYTAG_QUEUE_CA`, `POLYTAG_QUEUE_CERT` and `POLYTAG_QUEUE_KEY`. An empty variable
 * counts as one that is not set.
 *
 * @param url as the option gives it: `redis://HOST:PORT/DATABASE`; `true` for an option without a value, which means
 *   `POLYTAG_QUEUE_URL`
 * @throws UsageError `queue/url`
 */
export function brokerAddress(url: string | true, env: NodeJS.ProcessEnv = process.env): BrokerAddress {
  // Schedulers and compose files set a variable that nobody gave to the empty text.
  const set = (name: string) => env[name] || undefined;
  const text = url === true ? (set('POLYTAG_QUEUE_URL') ?? '') : url;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const isTls = parsed?.protocol === 'rediss:';
  const database = /^\/?(\d*)$/.exec(parsed?.pathname ?? '')?.[1];
  const [username, password] = [parsed?.username, parsed?.password].map(decoded);
  const isWhole = database !== undefined && username !== undefined && password !== undefined;
  if (!parsed || (!isTls && parsed.protocol !== 'redis:') || !isWhole) {
    throw new UsageError(
      'queue/url',
      // A URL may hold a password: it is not repeated.
      text === '' ? 'No broker address was given.' : 'The broker address is invalid.',
      {
        hint: 'Use --queue redis://HOST:6379 (rediss:// for TLS), or --queue alone with POLYTAG_QUEUE_URL set. In a password, write % as %25, / as %2F and @ as %40, or set POLYTAG_QUEUE_PASSWORD.',
      },
    );
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  const port = Number(parsed.port || 6379);
  const file = (name: string) => {
    const path = set(name);
    return path === undefined ? undefined : readSecret(path);
  };
  return {
    shown: `${host}:${port}${Number(database) === 0 ? '' : `/${Number(database)}`}`,
    options: {
      host,
      port,
      db: Number(database),
      username: set('POLYTAG_QUEUE_USERNAME') ?? (username || undefined),
      password: set('POLYTAG_QUEUE_PASSWORD') ?? (password || undefined),
      ...(isTls && {
        tls: {
          // The address of a machine is no name, and is compared with the certificate as it is.
          ...(isIP(host) === 0 && { servername: host }),
          ca: file('POLYTAG_QUEUE_CA'),
          cert: file('POLYTAG_QUEUE_CERT'),
          key: file('POLYTAG_QUEUE_KEY'),
        },
      }),
    },
  };
}

/** A part of a URL; undefined where its escapes are wrong. */
function decoded(part: string | undefined): string | undefined {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    return undefined;
  }
}

function readSecret(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fileErrorFrom(error) ?? new UsageError('queue/url', `${printable(path, 400)} cannot be read.`);
  }
}
