/** Bytes at the end of a file that its content digest is made of. */
export const DIGESTED_TAIL = 4096;

/**
 * A number below 2^40 that is the same for files of one size with the same last 4,096 bytes, under any name. Two different
 * photographs have the same one with odds of one in 10^12. In Node and in pages.
 *
 * @param size of the file in bytes
 * @param tail its last bytes, at least `DIGESTED_TAIL` of them or all
 */
export async function contentDigest(size: number, tail: Uint8Array): Promise<number> {
  const end = await sha1(tail.slice(-DIGESTED_TAIL));
  const hex = Array.from(end, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const [a, b, c, d, e] = await sha1(new TextEncoder().encode(`${size} ${hex}`));
  return (((a * 256 + b) * 256 + c) * 256 + d) * 256 + e;
}

const sha1 = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-1', bytes));
