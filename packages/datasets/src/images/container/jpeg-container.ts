import { exifOrientation, orientationExif } from './exif-orientation.js';
import { joined, MAX_PROFILE_BYTES, type ImageContainer } from './image-container.js';

/** One colour component of a frame. */
export interface JpegComponent {
  readonly id: number;
  /** Samples across and down, in each of the units that the frame is cut into. */
  readonly across: number;
  readonly down: number;
}

/** What a frame header says (ITU-T T.81, section B.2.2). */
export interface JpegFrame {
  /** The second byte of its marker: 0xc0 baseline, 0xc1 extended, 0xc2 progressive, and so on. */
  readonly marker: number;
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
}

/** One segment, in the order of the file. */
export interface JpegSegment {
  /** The second byte of the marker. */
  readonly marker: number;
  /** Without marker and length. */
  readonly data: Uint8Array;
  /** Of a scan, what follows its header: the coded picture, up to the next marker. */
  readonly coded?: Uint8Array;
  /** All of it, with the marker. */
  readonly bytes: Uint8Array;
}

export const [SOI, EOI, SOS, DHT, DRI] = [0xd8, 0xd9, 0xda, 0xc4, 0xdd];
const [APP0, APP1, APP2, APP14, APP15, COM, TEM] = [0xe0, 0xe1, 0xe2, 0xee, 0xef, 0xfe, 0x01];

const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isProgressive = (marker: number) => marker === 0xc2 || marker === 0xca;
const isHuffman = (marker: number) => marker <= 0xc7;

/** Reads the markers of a JPEG (ITU-T T.81, annex B). Nothing is decoded. */
export function readJpeg(bytes: Uint8Array): ImageContainer {
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  const seen = new Set<number>();
  let frame: JpegFrame | undefined;
  let [orientation, profileBytes, codedBytes, scans] = [1, 0, 0, 0];
  let isBuffered = false;
  let [ended, isCut] = [false, false];
  for (const segment of jpegSegments(bytes)) {
    const { marker, data } = segment;
    if (marker === APP1 && startsWith(data, 'Exif\0\0')) {
      if (orientation !== 1) continue;
      orientation = exifOrientation(data.subarray(6)) ?? 1;
      if (orientation !== 1) kept.push(exifSegment(orientation));
    } else if (marker === APP2 && startsWith(data, 'ICC_PROFILE\0')) {
      profileBytes += data.length;
      if (profileBytes <= MAX_PROFILE_BYTES) kept.push(segment.bytes);
    } else if (isDecoderSegment(segment)) kept.push(withoutPadding(segment, bytes));
    if (isFrame(marker)) frame ??= frameOf(marker, data);
    if (marker === SOS && frame) {
      scans++;
      codedBytes += segment.coded?.length ?? 0;
      const components = scanComponents(data);
      // Of a progressive picture the scan that begins a component is the one that has its means (spectrum from 0).
      if (!isProgressive(frame.marker) || data[1 + 2 * components.length] === 0)
        components.forEach((id) => seen.add(id));
      isBuffered ||= isProgressive(frame.marker) || components.length < frame.components.length;
    }
    ended ||= marker === EOI;
    isCut ||= scans === 0 && isLongerThanFile(segment);
  }
  const cut = isCut ? 'is truncated: its end is missing' : undefined;
  if (!frame) {
    const bytes = joined(kept);
    return { width: 0, height: 0, orientation, bytesPerPixel: 3, heldBytes: 0, lacks: cut, bytes };
  }
  const { width, height, components } = frame;
  const samples = width * height * samplesPerPixel(frame);
  const lacks = !ended || scans === 0 ? cut : missingPart(frame, seen, samples / 64, codedBytes);
  return {
    width,
    height,
    orientation,
    lacks,
    bytesPerPixel: components.length,
    // What comes in several scans is held as coefficients, two bytes each, until the last scan.
    heldBytes: isBuffered ? 2 * samples : 0,
    bytes: joined(kept),
  };
}

/** The segments of a JPEG up to its end marker. Bytes that belong to none are passed over, as decoders do. */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment, void, undefined> {
  let at = 2;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return;
    while (bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    if (marker === undefined) return;
    const start = at;
    at += 2;
    if (marker === 0 || marker === TEM || isRestart(marker)) continue;
    if (marker === EOI || marker === SOI) {
      yield { marker, data: bytes.subarray(at, at), bytes: bytes.subarray(start, at) };
      if (marker === EOI) return;
      continue;
    }
    const length = at + 2 <= bytes.length ? bytes[at] * 256 + bytes[at + 1] : 0;
    const data = bytes.subarray(at + 2, at + Math.max(2, length));
    at += Math.max(2, length);
    if (marker !== SOS) {
      yield { marker, data, bytes: bytes.subarray(start, at) };
      continue;
    }
    const end = endOfScan(bytes, at);
    yield { marker, data, coded: bytes.subarray(at, end), bytes: bytes.subarray(start, end) };
    at = end;
  }
}

/** Whether a segment is to have more bytes than the file has left. */
const isLongerThanFile = ({ bytes }: JpegSegment): boolean =>
  bytes.length >= 4 && bytes.length < 2 + bytes[2] * 256 + bytes[3];

/** Where the coded picture ends: before a marker that is neither a restart nor a stuffed 0xff. */
function endOfScan(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) return bytes.length;
    const next = bytes[at + 1];
    if (next === 0xff) at++;
    else if (next === 0 || isRestart(next)) at += 2;
    else return at;
  }
}

/**
 * A segment without the zeros that it ends in where it is the last of a file without an end marker: a download or a disk
 * that stopped leaves them in place of the rest, and a decoder would take them for codes.
 */
function withoutPadding({ bytes, coded }: JpegSegment, file: Uint8Array): Uint8Array {
  if (!coded || bytes.byteOffset + bytes.length < file.byteOffset + file.length) return bytes;
  let end = bytes.length;
  while (bytes[end - 1] === 0) end--;
  return bytes.length - end < PADDING ? bytes : bytes.subarray(0, end);
}

/** Zeros that no picture ends in. */
const PADDING = 64;

/** Application segments are metadata but for two: JFIF and Adobe's say what the components are. */
function isDecoderSegment({ marker, data }: JpegSegment): boolean {
  if (marker === APP0) return startsWith(data, 'JFIF\0');
  if (marker === APP14) return startsWith(data, 'Adobe');
  return !(marker >= APP0 && marker <= APP15) && marker !== COM;
}

function frameOf(marker: number, data: Uint8Array): JpegFrame | undefined {
  if (data.length < 6) return undefined;
  const count = Math.min(data[5], Math.floor((data.length - 6) / 3));
  return {
    marker,
    height: data[1] * 256 + data[2],
    width: data[3] * 256 + data[4],
    components: Array.from({ length: count }, (_, i) => ({
      id: data[6 + 3 * i],
      across: data[7 + 3 * i] >> 4,
      down: data[7 + 3 * i] & 15,
    })),
  };
}

export const frameIn = (segments: readonly JpegSegment[]): JpegFrame | undefined => {
  const found = segments.find(({ marker }) => isFrame(marker));
  return found && frameOf(found.marker, found.data);
};

const scanComponents = (data: Uint8Array): number[] =>
  Array.from({ length: Math.min(data[0] ?? 0, 4) }, (_, i) => data[1 + 2 * i]);

/** 3 for three components of full size, 1.5 where two of them have a quarter of the samples. */
function samplesPerPixel({ components }: JpegFrame): number {
  const most =
    Math.max(...components.map(({ across }) => across)) * Math.max(...components.map(({ down }) => down));
  return components.reduce((sum, { across, down }) => sum + across * down, 0) / (most || 1);
}

/** What shows without decoding that a picture is not whole. */
function missingPart(
  { marker, components }: JpegFrame,
  seen: ReadonlySet<number>,
  blocks: number,
  codedBytes: number,
): string | undefined {
  const absent = components.filter(({ id }) => !seen.has(id)).length;
  if (absent > 0) return `lacks ${absent} of its ${components.length} colour components`;
  // A Huffman code has a bit at least: one for a block's mean, one for the end of its other values, unless they come
  // in scans of their own.
  const leastBits = blocks * (isProgressive(marker) ? 1 : 2);
  if (isHuffman(marker) && 8 * codedBytes < leastBits) return 'has too little data for its size';
  return undefined;
}

function startsWith(data: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (data[i] !== text.charCodeAt(i)) return false;
  return true;
}

function exifSegment(orientation: number): Uint8Array {
  const heading = Uint8Array.from('Exif\0\0', (letter) => letter.charCodeAt(0));
  const data = joined([heading, orientationExif(orientation)]);
  return joined([Uint8Array.of(0xff, APP1, 0, data.length + 2), data]);
}
