import { crc32, deflateSync } from 'node:zlib';
import { big32, joined, letters } from './bytes.js';

export interface PlainPng {
  readonly width: number;
  readonly height: number;
  /** Bits a sample. Default 8. */
  readonly depth?: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. Default 2. */
  readonly colour?: number;
  /** The filter that each row names. Default 0. */
  readonly filter?: number;
  /** Chunks behind the header. */
  readonly before?: readonly Uint8Array[];
  /** Chunks behind the pixels. */
  readonly after?: readonly Uint8Array[];
  /** Claimed in place of the true size. */
  readonly claimed?: readonly [number, number];
  /** In place of the compressed pixels. */
  readonly pixels?: Uint8Array;
  /** The interlace method of the header. */
  readonly interlace?: number;
}

const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** PNG, third edition, section 5: length, type, data, checksum. */
export function chunk(type: string, data: Uint8Array = new Uint8Array(), checksum?: number): Uint8Array {
  const body = joined(letters(type), data);
  return joined(big32(data.length), body, big32(checksum ?? crc32(body)));
}

export const SIGNATURE = letters('\x89PNG\r\n\x1a\n');
export const END = chunk('IEND');

export function header({
  width,
  height,
  depth = 8,
  colour = 2,
  claimed,
  interlace = 0,
}: PlainPng): Uint8Array {
  return chunk(
    'IHDR',
    joined(big32(...(claimed ?? [width, height])), Uint8Array.of(depth, colour, 0, 0, interlace)),
  );
}

/** Writes a PNG of any depth and colour, with chunks of one's own. */
export function plainPng(options: PlainPng): Uint8Array {
  const { before = [], after = [], pixels = packedRows(options) } = options;
  return joined(SIGNATURE, header(options), ...before, chunk('IDAT', pixels), ...after, END);
}

/** Rows of a pattern, each behind its filter, compressed. */
export function packedRows({ width, height, depth = 8, colour = 2, filter = 0 }: PlainPng): Uint8Array {
  const stride = Math.ceil((width * SAMPLES[colour] * depth) / 8);
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    rows[y * (stride + 1)] = filter;
    // Every other sample of a palette of two or more is its second colour.
    for (let x = 0; x < stride; x++)
      rows[y * (stride + 1) + 1 + x] = colour === 3 ? (depth < 8 ? 0x11 : x % 2) : (y * 37 + x * 11) & 255;
  }
  return Uint8Array.from(deflateSync(rows));
}

/** What inflates to many zeros. */
export const bomb = (bytes: number): Uint8Array =>
  Uint8Array.from(deflateSync(new Uint8Array(bytes), { level: 1 }));
