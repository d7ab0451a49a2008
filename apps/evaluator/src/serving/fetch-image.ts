import { lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { printable, sizeText } from '@polytag/core';
import { isPublicAddress } from './public-address.js';
import { RequestError } from './request-error.js';

export interface FetchOptions {
  /** The most bytes of a picture. */
  readonly maxBytes: number;
  /** From the first connection to the last byte, ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Which IP addresses may be connected to. Default: public ones. */
  readonly isAllowed?: (address: string) => boolean;
  /** Told of bytes as they arrive; what it throws ends the download. */
  readonly onBytes?: (bytes: number) => void;
}

const REDIRECTS = 3;
const NO_ADDRESS = Symbol('refused');

/**
 * Fetches a picture. The address of each connection is checked when the connection is made, those of redirects too, so
 * that no name leads into the network of the server, however it is resolved. No proxy is asked, and nothing of this
 * machine is sent along.
 *
 * @throws RequestError `serve/fetch-refused`, `serve/fetch-failed`, `serve/fetch-too-large`, `serve/fetch-timeout`
 */
export async function fetchImage(address: string, options: FetchOptions): Promise<Uint8Array> {
  const deadline = AbortSignal.timeout(options.timeout);
  const signal = AbortSignal.any([options.signal, deadline]);
  let next = address;
  try {
    for (let hop = 0; hop <= REDIRECTS; hop++) {
      const response = await open(checkedUrl(next, options), { ...options, signal });
      const { location } = response.headers;
      if (location === undefined || !isRedirect(response.statusCode)) {
        return await bodyOf(response, address, options);
      }
      response.destroy();
      next = URL.canParse(location, next) ? new URL(location, next).href : location;
    }
    throw failed(address, `has more than ${REDIRECTS} redirects`);
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (deadline.aborted) {
      throw new RequestError(
        422,
        'serve/fetch-timeout',
        `${shown(address)} was not downloaded within ${options.timeout / 1000} s.`,
        { hint: 'Download the picture yourself, and send it as the body.' },
      );
    }
    if (error instanceof RequestError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw failed(address, `cannot be downloaded (${code ?? 'no answer'})`, error);
  }
}

const isRedirect = (status: number | undefined): boolean =>
  status !== undefined && [301, 302, 303, 307, 308].includes(status);

/** @throws RequestError `serve/fetch-refused` */
function checkedUrl(address: string, { isAllowed = isPublicAddress }: FetchOptions): URL {
  if (!URL.canParse(address)) throw refused(address, 'is not a URL');
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused(address, 'is not an http or https URL');
  if (url.username !== '' || url.password !== '') throw refused(address, 'contains a user name or password');
  // A host that is an IP address is not looked up.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isAllowed(host)) throw notPublic(address);
  return url;
}

function open(url: URL, { signal, isAllowed = isPublicAddress }: FetchOptions): Promise<IncomingMessage> {
  const checkedLookup: LookupFunction = (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '');
      // One that is private among others is reason enough: which of them is taken is not for us to say.
      if (found.length === 0 || !found.every(({ address }) => isAllowed(address))) {
        return done(Object.assign(new Error('refused'), { [NO_ADDRESS]: true }), '');
      }
      if (options.all) return done(null, found);
      done(null, found[0].address, found[0].family);
    });
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      signal,
      lookup: checkedLookup,
      agent: false,
      headers: { accept: 'image/jpeg, image/png, image/webp', 'user-agent': 'polytag-eval' },
    });
    request.on('response', resolve);
    request.on('error', (error) => reject(NO_ADDRESS in error ? notPublic(url.href) : error));
    request.end();
  });
}

async function bodyOf(
  response: IncomingMessage,
  address: string,
  { maxBytes, onBytes }: FetchOptions,
): Promise<Uint8Array> {
  try {
    if (response.statusCode !== 200) throw failed(address, `returned status ${response.statusCode}`);
    const encoding = response.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') throw failed(address, `is compressed (${printable(encoding, 40)})`);
    const chunks: Buffer[] = [];
    let size = 0;
    if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(address, maxBytes);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(address, maxBytes);
      onBytes?.(chunk.length);
      chunks.push(chunk);
    }
    return Uint8Array.from(Buffer.concat(chunks, size));
  } finally {
    response.destroy();
  }
}

const shown = (address: string): string => printable(address, 200);

const refused = (address: string, why: string): RequestError =>
  new RequestError(422, 'serve/fetch-refused', `${shown(address)} ${why}.`, {
    hint: 'Use an http or https URL on the public internet, or send the picture as the body.',
  });

const notPublic = (address: string): RequestError => refused(address, 'does not lead to the public internet');

const failed = (address: string, why: string, cause?: unknown): RequestError =>
  new RequestError(422, 'serve/fetch-failed', `${shown(address)} ${why}.`, {
    hint: 'Check the URL, or send the picture as the body.',
    cause,
  });

const tooLarge = (address: string, maxBytes: number): RequestError =>
  new RequestError(
    422,
    'serve/fetch-too-large',
    `${shown(address)} is larger than the limit of ${sizeText(maxBytes)}.`,
    { hint: 'Save the picture at a smaller size, or start the server with a larger --max-bytes.' },
  );
