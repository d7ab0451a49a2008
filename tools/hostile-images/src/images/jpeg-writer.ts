import { big16, joined } from './bytes.js';

export interface PlainJpeg {
  readonly width: number;
  readonly height: number;
  /** Samples across and down of each component in a unit. Default: one component. */
  readonly sampling?: readonly (readonly [number, number])[];
  /** Units between restart markers. */
  readonly restart?: number;
  /** Of an Adobe segment: 0 for RGB and CMYK, 1 for YCC, 2 for YCCK. */
  readonly adobe?: number;
  /** Bits a sample that the frame claims. Default 8. */
  readonly precision?: number;
  /** The frame's marker. Default baseline. */
  readonly frame?: number;
  /** Claimed in place of the true size. */
  readonly claimed?: readonly [number, number];
}

const segment = (marker: number, ...parts: Uint8Array[]) => {
  const data = joined(...parts);
  return joined(Uint8Array.of(0xff, marker), big16(data.length + 2), data);
};
const table = (id: number, counts: Record<number, number>, symbols: number[]) =>
  segment(0xc4, Uint8Array.of(id, ...Array.from({ length: 16 }, (_, i) => counts[i + 1] ?? 0), ...symbols));

/**
 * Writes a JPEG whose blocks have one colour each, as annexes B, C and F of ITU-T T.81 say, for what no encoder at hand
 * writes: every sampling, restarts, Adobe's colours, headers that lie.
 */
export function plainJpeg(options: PlainJpeg): Uint8Array {
  const { width, height, restart = 0, adobe, precision = 8, frame = 0xc0 } = options;
  const sampling = options.sampling ?? [[1, 1]];
  const [claimedWidth, claimedHeight] = options.claimed ?? [width, height];
  const most = [0, 1].map((side) => Math.max(...sampling.map((one) => one[side])));
  const alone = sampling.length === 1;
  const [across, down] = alone ? [8, 8] : [8 * most[0], 8 * most[1]];
  const units = Math.ceil(width / across) * Math.ceil(height / down);
  const components = sampling.flatMap(([h, v], i) => [i + 1, h * 16 + v, 0]);
  return joined(
    Uint8Array.of(0xff, 0xd8),
    ...(adobe === undefined
      ? []
      : [segment(0xee, joined('Adobe', Uint8Array.of(0, 100, 0, 0, 0, 0, adobe)))]),
    segment(0xdb, Uint8Array.of(0), new Uint8Array(64).fill(8)),
    segment(
      frame,
      Uint8Array.of(precision),
      big16(claimedHeight, claimedWidth),
      Uint8Array.of(sampling.length, ...components),
    ),
    // Twelve sizes of a difference in four bits each, and one code, of one bit, for a block that has no more.
    table(0x00, { 4: 12 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    table(0x10, { 1: 1 }, [0]),
    ...(restart > 0 ? [segment(0xdd, big16(restart))] : []),
    segment(0xda, Uint8Array.of(sampling.length, ...sampling.flatMap((_, i) => [i + 1, 0]), 0, 63, 0)),
    coded(units, alone ? [1] : sampling.map(([h, v]) => h * v), restart),
    Uint8Array.of(0xff, 0xd9),
  );
}

/** The blocks of each unit, whose means go up and down. */
function coded(units: number, blocks: readonly number[], restart: number): Uint8Array {
  const bytes: number[] = [];
  let [bits, count] = [0, 0];
  const put = (value: number, size: number) => {
    for (let bit = size - 1; bit >= 0; bit--) {
      bits = bits * 2 + ((value >> bit) & 1);
      if (++count < 8) continue;
      bytes.push(bits, ...(bits === 0xff ? [0] : []));
      [bits, count] = [0, 0];
    }
  };
  for (let unit = 0; unit < units; unit++) {
    if (restart > 0 && unit > 0 && unit % restart === 0) {
      while (count > 0) put(1, 1);
      bytes.push(0xff, 0xd0 + ((unit / restart - 1) % 8));
    }
    for (const number of blocks) {
      for (let block = 0; block < number; block++) {
        // A difference of +5 or -5 is three bits: 5, or 2 for its negative.
        put(3, 4);
        put(unit % 2 ? 2 : 5, 3);
        put(0, 1);
      }
    }
  }
  while (count > 0) put(1, 1);
  return Uint8Array.from(bytes);
}
