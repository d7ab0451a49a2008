import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What became of a request. */
export interface Reply {
  /** HTTP status; 0 where the connection ended without an answer. */
  readonly status: number;
  readonly body: string;
  /** From the first byte sent to the last received, ms; without what was waited after 429. */
  readonly ms: number;
  /** How often it was told to come again (429). */
  readonly again: number;
}

export interface RequestBody {
  readonly bytes: Uint8Array;
  /** Sends so many bytes of it, then no more for so long, ms, or until the server ends the connection. */
  readonly stall?: { readonly after: number; readonly for: number };
  /** Breaks the connection after so many bytes. */
  readonly breakAfter?: number;
}

/** So many connections that are kept open, each with one request at a time. */
export const connections = (count: number): Agent => new Agent({ keepAlive: true, maxSockets: count });

/** Sends a picture, once more each time that the server asks to. */
export async function send(url: string, body: RequestBody, agent: Agent): Promise<Reply> {
  for (let again = 0; ; again++) {
    const reply = await sendOnce(url, body, agent);
    if (reply.status !== 429) return { ...reply, again };
    await delay(1000 * reply.retryAfter);
  }
}

function sendOnce(
  url: string,
  { bytes, stall, breakAfter }: RequestBody,
  agent: Agent,
): Promise<Omit<Reply, 'again'> & { readonly retryAfter: number }> {
  return new Promise((done) => {
    let start = performance.now();
    const ended = (status: number, text: string, retryAfter = 1) =>
      done({ status, body: text, ms: performance.now() - start, retryAfter });
    const headers = { 'content-type': 'application/octet-stream', 'content-length': bytes.length };
    const request = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () =>
        ended(response.statusCode!, text, Number(response.headers['retry-after'] ?? 1)),
      );
      response.on('error', () => ended(0, ''));
    });
    // The time of a request begins when it has a connection.
    request.once('socket', () => (start = performance.now()));
    request.on('error', ({ message }) => ended(0, message));
    if (breakAfter !== undefined) {
      request.write(bytes.subarray(0, breakAfter), () => request.destroy());
    } else if (stall) {
      request.write(bytes.subarray(0, stall.after));
      const timer = setTimeout(() => request.end(bytes.subarray(stall.after)), stall.for);
      request.once('close', () => clearTimeout(timer));
    } else request.end(bytes);
  });
}

/** Does all jobs, so many at a time, in their order. */
export async function atOnce<Result>(
  count: number,
  jobs: readonly (() => Promise<Result>)[],
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async () => {
    while (next < jobs.length) {
      const i = next++;
      results[i] = await jobs[i]();
    }
  };
  await Promise.all(Array.from({ length: count }, lane));
  return results;
}

/** The value that a share of some are not above; `share` from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
