import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { UsageError } from '@polytag/core';

/** Whether a text is a URL rather than a path. */
export const isAddress = (text: string): boolean => /^https?:\/\//i.test(text);

/** @throws UsageError `usage/address` unless it is one that can be fetched */
export function parseAddress(address: string, what = 'The address'): URL {
  if (isAddress(address) && URL.canParse(address)) return new URL(address);
  throw new UsageError('usage/address', `${what} "${address}" is not a web URL.`, {
    hint: 'Expected a URL that begins with https:// or http://.',
  });
}

/**
 * Path of a URL in the cache: a folder for the URL, then the file's own name, so that it is easy to find and equal
 * names do not collide.
 */
export function cachedPath(address: string, folder: string): string {
  const digest = createHash('sha256').update(address).digest('hex').slice(0, 12);
  const name = new URL(address).pathname.split('/').at(-1) ?? '';
  return join(folder, 'weights', digest, name.replaceAll(/[^\w.-]/g, '_').slice(-100) || 'file');
}

/**
 * URL on a mirror, whose folders are named by host and path, as `wget -x` creates them.
 *
 * @param mirror base URL of the mirror
 * @throws UsageError `usage/address`
 */
export function mirroredAddress(address: string, mirror: string | undefined): string {
  const { host, pathname, search } = parseAddress(address);
  if (!mirror) return address;
  parseAddress(mirror, 'POLYTAG_MIRROR');
  return `${mirror.replace(/\/+$/, '')}/${host}${pathname}${search}`;
}
