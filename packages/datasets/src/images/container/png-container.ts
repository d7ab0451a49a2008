import { crc32, inflateSync } from 'node:zlib';
import { exifOrientation, orientationExif } from './exif-orientation.js';
import { joined, MAX_PROFILE_BYTES, type ImageContainer } from './image-container.js';

/** Chunks that say what the pixels are. Of the others a decoder may make gigabytes, and no pixel depends on them. */
const NEEDED = new Set([
  ...['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'cICP', 'sBIT'],
  // No pixel depends on it, but nearly every file has it, and would be copied to be without.
  'pHYs',
]);

/** Channels by colour type: grey, RGB, palette (which becomes RGB), grey with alpha, RGB with alpha. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** PNG, third edition, section 5: a signature of 8 bytes, then chunks of length, type, data and checksum. */
export function readPng(bytes: Uint8Array): ImageContainer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  let [width, height, bytesPerPixel, heldBytes, orientation, profiles] = [0, 0, 0, 0, 1, 0];
  let hasAlpha = false;
  let dropped = false;
  let fault: string | undefined;
  const seen = new Set<string>();
  let at = 8;
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    const data = bytes.subarray(at + 8, at + 8 + length);
    const chunk = bytes.subarray(at, end);
    if (type === 'IHDR' && data.length >= 13 && width === 0) {
      [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      bytesPerPixel = (CHANNELS[data[9]] ?? 4) * (data[8] === 16 ? 2 : 1);
      if (data[12] !== 0) heldBytes = 1;
    }
    if (type === 'tRNS' && !hasAlpha) hasAlpha = true;
    // A chunk of a type that begins with a capital is one that a decoder must know, or refuse the file.
    const isCritical = (bytes[at + 4] & 0x20) === 0;
    fault ??= faultOf(type, chunk, seen);
    seen.add(type);
    if (NEEDED.has(type) || isCritical) kept.push(chunk);
    else if (type === 'iCCP' && profiles++ === 0 && fitsProfile(data)) kept.push(chunk);
    else {
      if (type === 'eXIf' && orientation === 1) {
        orientation = exifOrientation(data) ?? 1;
        if (orientation !== 1) kept.push(pngChunk('eXIf', orientationExif(orientation)));
      }
      dropped = true;
    }
    at = end;
    if (type === 'IEND') break;
  }
  if (!seen.has('IDAT')) fault ??= 'it has no image data (IDAT)';
  if (hasAlpha) bytesPerPixel += bytesPerPixel > 4 ? 2 : 1;
  // Interlaced rows come in seven passes: the decoder holds the whole picture.
  if (heldBytes > 0) heldBytes = width * height * bytesPerPixel;
  return {
    width,
    height,
    orientation,
    bytesPerPixel,
    heldBytes,
    fault,
    bytes: dropped || at < bytes.length ? joined(kept) : bytes,
  };
}

/** Chunks that a decoder must know. */
const CRITICAL = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND']);

/** What is wrong with a chunk that decoders refuse, behind those of the types that were seen. */
function faultOf(type: string, chunk: Uint8Array, seen: ReadonlySet<string>): string | undefined {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (seen.size === 0 && type !== 'IHDR') return 'it does not begin with its header (IHDR)';
  if (seen.size > 0 && type === 'IHDR') return 'it has a second header (IHDR)';
  if ((chunk[4] & 0x20) === 0 && !CRITICAL.has(type)) {
    return `it has an unknown critical chunk ${JSON.stringify(type)}`;
  }
  const length = view.getUint32(0);
  if (chunk.length < 12 + length) return `its chunk ${JSON.stringify(type)} is longer than the file`;
  if (type !== 'IHDR') return undefined;
  if (length !== 13) return `its header has ${length} bytes; expected 13`;
  if (view.getUint32(21) !== crc32(chunk.subarray(4, 21)))
    return 'the checksum of its header (IHDR) is wrong';
  const [width, height] = [view.getUint32(8), view.getUint32(12)];
  if (width === 0 || height === 0) return `its header gives a size of ${width} x ${height} pixels`;
  return undefined;
}

/** Whether a compressed profile (a name, a zero, a zero for the method) is of a size that is looked at. */
function fitsProfile(data: Uint8Array): boolean {
  const name = data.indexOf(0);
  if (name < 0 || name > 79) return false;
  try {
    inflateSync(data.subarray(name + 2), { maxOutputLength: MAX_PROFILE_BYTES });
    return true;
  } catch {
    return false;
  }
}

/** @param type four letters */
export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) chunk[4 + i] = type.charCodeAt(i);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, crc32(chunk.subarray(4, 8 + data.length)));
  return chunk;
}
