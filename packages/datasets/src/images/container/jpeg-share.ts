import {
  DHT,
  DRI,
  frameIn,
  jpegSegments,
  SOS,
  type JpegComponent,
  type JpegFrame,
} from './jpeg-container.js';

/**
 * The share of a JPEG's picture that its data reach, 0 to 1: decoders fill the rest with one colour and give a warning
 * at most. Of a picture in several scans those count that begin a component; later ones only sharpen it. Arithmetic codes
 * are not looked at: their share is 1.
 *
 * Follows the codes of ITU-T T.81, annex F.2, without computing a pixel; what follows a code that does not exist is
 * read on, as libjpeg does. Some 30 MB a second.
 */
export function jpegShare(bytes: Uint8Array): number {
  const segments = [...jpegSegments(bytes)];
  const frame = frameIn(segments);
  if (!frame || frame.marker > 0xc2) return 1;
  const tables: Tables = { means: [], others: [] };
  let restartInterval = 0;
  let [found, expected] = [0, 0];
  for (const { marker, data, coded } of segments) {
    if (marker === DHT) readTables(data, tables);
    else if (marker === DRI && data.length >= 2) restartInterval = data[0] * 256 + data[1];
    else if (marker === SOS && coded) {
      const scan = scanOf(data, frame, tables);
      if (!scan) continue;
      expected += scan.units * scan.blocks.length;
      found += scan.blocks.length * unitsIn(coded, scan, restartInterval);
    }
  }
  return expected > 0 ? found / expected : 1;
}

interface Tables {
  /** Codes of a block's mean, by table number. */
  readonly means: (HuffmanTable | undefined)[];
  /** Codes of its other values. */
  readonly others: (HuffmanTable | undefined)[];
}

interface Scan {
  readonly units: number;
  /** For each block of a unit the tables that it is coded with; without `others` the scan has means only. */
  readonly blocks: readonly { readonly means: HuffmanTable; readonly others?: HuffmanTable }[];
}

/** Undefined for a scan that refines what another began, and for one without its tables. */
function scanOf(data: Uint8Array, frame: JpegFrame, { means, others }: Tables): Scan | undefined {
  const isProgressive = frame.marker === 0xc2;
  const count = data[0];
  const [from, bits] = [data[1 + 2 * count], data[3 + 2 * count]];
  if (isProgressive && (from !== 0 || bits >> 4 !== 0)) return undefined;
  const blocks: Scan['blocks'][number][] = [];
  const parts: JpegComponent[] = [];
  for (let i = 0; i < count; i++) {
    const part = frame.components.find(({ id }) => id === data[1 + 2 * i]);
    const table = data[2 + 2 * i];
    const [mean, other] = [means[table >> 4], isProgressive ? undefined : others[table & 15]];
    if (!part || !mean || (!isProgressive && !other)) return undefined;
    parts.push(part);
    const blocksAUnit = count === 1 ? 1 : part.across * part.down;
    for (let b = 0; b < blocksAUnit; b++) blocks.push({ means: mean, others: other });
  }
  return { units: unitsOf(frame, parts), blocks };
}

/** Alone, a component has a unit for each of its own blocks; several share units of the largest one's. */
function unitsOf({ width, height, components }: JpegFrame, parts: readonly JpegComponent[]): number {
  const most = (side: 'across' | 'down') => Math.max(...components.map((component) => component[side]));
  const [across, down] = parts.length === 1 ? [parts[0].across, parts[0].down] : [1, 1];
  const blocks = (pixels: number, share: number, all: number) =>
    Math.ceil(Math.ceil((pixels * share) / all) / 8);
  return blocks(width, across, most('across')) * blocks(height, down, most('down'));
}

/** Whole units that the data of a scan hold. A restart marker begins anew at the unit that it stands for. */
function unitsIn(coded: Uint8Array, { units, blocks }: Scan, restartInterval: number): number {
  let found = 0;
  let [start, unit] = [0, 0];
  while (unit < units) {
    const end = nextRestart(coded, start);
    const wanted = restartInterval > 0 ? Math.min(restartInterval, units - unit) : units;
    found += unitsBefore(new BitReader(coded, start, end), blocks, wanted);
    if (restartInterval === 0 || end >= coded.length) break;
    start = end + 2;
    unit += wanted;
  }
  return found;
}

function nextRestart(coded: Uint8Array, from: number): number {
  for (let at = coded.indexOf(0xff, from); at >= 0; at = coded.indexOf(0xff, at + 1)) {
    if (coded[at + 1] >= 0xd0 && coded[at + 1] <= 0xd7) return at;
  }
  return coded.length;
}

function unitsBefore(reader: BitReader, blocks: Scan['blocks'], wanted: number): number {
  for (let unit = 0; unit < wanted; unit++) {
    for (const { means, others } of blocks) {
      reader.skip(reader.symbol(means));
      for (let k = 1; others && k < 64 && !reader.isAtEnd;) {
        const symbol = reader.symbol(others);
        const [zeros, size] = [symbol >> 4, symbol & 15];
        if (size === 0 && zeros !== 15) break;
        k += zeros + 1;
        reader.skip(size);
      }
      if (reader.isAtEnd) return unit;
    }
  }
  return wanted;
}

/** Codes of each length are consecutive numbers (annex C). */
interface HuffmanTable {
  /** By length, 1 to 16: one past the last code, and what a code is less than its symbol's position. */
  readonly end: Int32Array;
  readonly offset: Int32Array;
  readonly symbols: Uint8Array;
}

function readTables(data: Uint8Array, { means, others }: Tables): void {
  for (let at = 0; at + 17 <= data.length;) {
    const [kind, number] = [data[at] >> 4, data[at] & 15];
    const counts = data.subarray(at + 1, at + 17);
    const [end, offset] = [new Int32Array(17), new Int32Array(17)];
    let [code, position] = [0, 0];
    for (let length = 1; length <= 16; length++) {
      offset[length] = position - code;
      code += counts[length - 1];
      position += counts[length - 1];
      end[length] = code;
      code *= 2;
    }
    (kind === 0 ? means : others)[number] = {
      end,
      offset,
      symbols: data.subarray(at + 17, at + 17 + position),
    };
    at += 17 + position;
  }
}

/** Reads bits of a scan, in which 0xff is followed by a zero that is not data. */
class BitReader {
  /** Whether more was asked for than there is. */
  isAtEnd = false;
  #byte = 0;
  #bits = 0;
  #at: number;

  constructor(
    private readonly data: Uint8Array,
    start: number,
    private readonly end: number,
  ) {
    this.#at = start;
  }

  /** The next symbol; 0 where no code has these bits. */
  symbol({ end, offset, symbols }: HuffmanTable): number {
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      code = code * 2 + this.#bit();
      if (code < end[length]) return symbols[code + offset[length]] ?? 0;
    }
    return 0;
  }

  skip(count: number): void {
    for (let i = 0; i < count; i++) this.#bit();
  }

  #bit(): number {
    if (this.#bits === 0) {
      if (this.#at >= this.end) {
        this.isAtEnd = true;
        return 0;
      }
      this.#byte = this.data[this.#at];
      this.#at += this.#byte === 0xff ? 2 : 1;
      this.#bits = 8;
    }
    this.#bits--;
    return (this.#byte >> this.#bits) & 1;
  }
}
