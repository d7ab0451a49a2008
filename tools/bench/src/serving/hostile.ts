import sharp from 'sharp';
import type { RequestBody } from './requests.js';

/** A request that is no picture that can be used, and the HTTP status it is to be answered with. */
export interface HostileRequest extends RequestBody {
  readonly name: string;
  /** 0: nobody waits for the answer. */
  readonly status: number;
}

/**
 * One of each kind.
 *
 * @param photo a whole picture
 * @param maxBytes what the server allows of a body
 * @param stall how long a slow body stands still, ms: longer than the server waits
 */
export async function hostileRequests(
  photo: Uint8Array,
  maxBytes: number,
  stall: number,
): Promise<HostileRequest[]> {
  // 81 million pixels of one colour: a small file, and a third of a gigabyte in memory.
  const flat = { width: 9000, height: 9000, channels: 3, background: 'teal' } as const;
  const huge = await sharp({ create: flat, limitInputPixels: false }).png({ palette: true }).toBuffer();
  // 56 million pixels, which are allowed: the longest that a picture can take.
  const allowed = { ...flat, width: 7500, height: 7500 };
  const large = await sharp({ create: allowed, limitInputPixels: false }).png({ palette: true }).toBuffer();
  const text = new TextEncoder().encode('not a picture\n'.repeat(200));
  const half = photo.length >> 1;
  return [
    { name: 'torn picture', bytes: photo.slice(0, half), status: 422 },
    { name: 'text', bytes: text, status: 415 },
    { name: 'PNG of 81 megapixels', bytes: huge, status: 413 },
    { name: 'PNG of 56 megapixels', bytes: large, status: 200 },
    { name: 'empty body', bytes: new Uint8Array(), status: 400 },
    { name: 'body over the limit', bytes: new Uint8Array(maxBytes + 1), status: 413 },
    { name: 'slow body', bytes: photo, stall: { after: half, for: stall }, status: 408 },
    { name: 'broken connection', bytes: photo, breakAfter: half, status: 0 },
  ];
}
