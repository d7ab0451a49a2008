/** Latin-1 letters as bytes. */
export const letters = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

export const joined = (...parts: readonly (Uint8Array | string)[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts.map((part) => (typeof part === 'string' ? letters(part) : part))));

export const big16 = (...values: number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value >> 8, value & 255]));

export function big32(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32BE(value >>> 0, 4 * i));
  return Uint8Array.from(bytes);
}

export function little32(value: number): Uint8Array {
  return big32(value).reverse();
}

/** A copy with some bytes replaced. */
export function patched(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(values, at);
  return copy;
}

/** The first part of a file. */
export const startOf = (bytes: Uint8Array, share: number): Uint8Array =>
  bytes.slice(0, Math.floor(share * bytes.length));

/** Where bytes that read as some letters begin. */
export function indexOf(bytes: Uint8Array, text: string): number {
  const at = Buffer.from(bytes).indexOf(text, 0, 'latin1');
  if (at < 0) throw new Error(`The bytes hold no ${text}.`);
  return at;
}

/** EXIF data of one entry: an orientation. */
export const exifOf = (orientation: number): Uint8Array =>
  joined('MM\0*', big32(8), big16(1), big16(0x0112, 3), big32(1), big16(orientation, 0), big32(0));
