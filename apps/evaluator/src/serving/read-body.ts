import type { Readable } from 'node:stream';
import { sizeText } from '@polytag/core';
import type { Admission } from './admission.js';
import { RequestError } from './request-error.js';

export interface ReadBodyOptions {
  readonly maxBytes: number;
  /** Counts the bytes while they are in memory. */
  readonly admission: Admission;
  /** Ends the reading, with its reason. */
  readonly signal: AbortSignal;
  /** What the client says of the length, where it does. */
  readonly declared?: number;
}

/**
 * The bytes of a request's body. Memory is taken for what has arrived, never for what is announced. Call `free` when they
 * are no longer needed.
 *
 * @throws RequestError `serve/body-too-large`, `serve/busy`; the reason of the signal
 */
export async function readBody(
  stream: Readable,
  { maxBytes, admission, signal, declared }: ReadBodyOptions,
): Promise<{ readonly bytes: Buffer; free(): void }> {
  let size = 0;
  const free = () => {
    admission.freeBytes(size);
    size = 0;
  };
  try {
    if (declared !== undefined && declared > maxBytes) throw tooLarge(maxBytes);
    const chunks: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      const stop = () => reject(signal.reason);
      const onData = (chunk: Buffer) => {
        try {
          if (size + chunk.length > maxBytes) throw tooLarge(maxBytes);
          admission.acceptBytes(chunk.length);
          size += chunk.length;
          chunks.push(chunk);
        } catch (error) {
          reject(error);
        }
      };
      const cutOff = () =>
        reject(
          new RequestError(
            400,
            'serve/body-cut-off',
            'The connection was closed before the end of the body.',
            {
              hint: 'Send the request again.',
            },
          ),
        );
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      stream.on('data', onData).once('end', resolve).once('error', cutOff).once('close', cutOff);
    });
    return { bytes: Buffer.concat(chunks, size), free };
  } catch (error) {
    free();
    // What still comes of a body that is not wanted is read and dropped: a client that is still sending gets its answer.
    stream.removeAllListeners('data').on('error', () => {});
    stream.resume();
    throw error;
  }
}

const tooLarge = (maxBytes: number): RequestError =>
  new RequestError(
    413,
    'serve/body-too-large',
    `The body is larger than the limit of ${sizeText(maxBytes)}.`,
    {
      hint: 'Save the picture at a smaller size, send fewer, or start the server with a larger --max-bytes.',
    },
  );
