import { exifOrientation, orientationExif } from './exif-orientation.js';
import { copied, MAX_PROFILE_BYTES, type ImageContainer } from './image-container.js';

const NEEDED = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF']);
const [HAS_PROFILE, HAS_EXIF, HAS_XMP] = [0x20, 0x08, 0x04];

/** WebP container specification: RIFF chunks of a type, a length and data that is filled up to an even length. */
export function readWebp(bytes: Uint8Array): ImageContainer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: { readonly type: string; readonly bytes: Uint8Array }[] = [];
  const declaredEnd = bytes.length >= 12 ? view.getUint32(4, true) + 8 : 0;
  const end = Math.min(bytes.length, declaredEnd);
  const kinds = new Set<string>();
  let [width, height, orientation] = [0, 0, 1];
  let dropped = false;
  let at = 12;
  while (at + 8 <= end) {
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const next = at + 8 + length + (length % 2);
    kinds.add(type);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (width === 0) [width, height] = sizeOf(type, data);
    const keep = (chunk = bytes.subarray(at, next)) => chunks.push({ type, bytes: chunk });
    if (NEEDED.has(type)) keep();
    else if (type === 'ICCP' && length <= MAX_PROFILE_BYTES) keep();
    else {
      if (type === 'EXIF' && orientation === 1) {
        // Some writers put the heading of a JPEG's segment before it.
        orientation = exifOrientation(isExifHeading(data) ? data.subarray(6) : data) ?? 1;
        if (orientation !== 1) keep(webpChunk('EXIF', orientationExif(orientation)));
      }
      dropped = true;
    }
    at = next;
  }
  return {
    width,
    height,
    orientation,
    bytesPerPixel: 4,
    ...memoryOf(width * height, kinds.has('VP8L') || kinds.has('ANIM')),
    // Of a file that is cut off the decoder is to see that it is.
    bytes:
      dropped && declaredEnd <= bytes.length
        ? assembled(bytes, chunks)
        : bytes.subarray(0, end || bytes.length),
  };
}

/**
 * As measured on pictures of 20 million pixels: with its alpha, the result of the decoder and the copy that is made of it
 * take 8.25 bytes a pixel. Only a picture without loss is decoded at full size where a smaller one is wanted.
 */
const memoryOf = (pixels: number, isLossless: boolean) =>
  isLossless
    ? { heldBytes: 4 * pixels, shrinkableBytes: 4.25 * pixels }
    : { heldBytes: 0.75 * pixels, shrinkableBytes: 7.5 * pixels };

/** Width and height where a chunk says them; zeros where not. */
function sizeOf(type: string, data: Uint8Array): [number, number] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (type === 'VP8X' && data.length >= 10) {
    return [1 + (view.getUint32(3, true) >>> 8), 1 + (view.getUint32(6, true) >>> 8)];
  }
  if (type === 'VP8 ' && data.length >= 10) {
    return [view.getUint16(6, true) & 0x3fff, view.getUint16(8, true) & 0x3fff];
  }
  if (type === 'VP8L' && data.length >= 5) {
    const bits = view.getUint32(1, true);
    return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
  }
  return [0, 0];
}

const isExifHeading = (data: Uint8Array): boolean =>
  String.fromCharCode(...data.subarray(0, 6)) === 'Exif\0\0';

/** The file of some of its chunks; the flags of its header say what is left. */
function assembled(
  original: Uint8Array,
  chunks: readonly { readonly type: string; readonly bytes: Uint8Array }[],
): Uint8Array {
  const file = copied([original.subarray(0, 12), ...chunks.map(({ bytes }) => bytes)]);
  new DataView(file.buffer).setUint32(4, file.length - 8, true);
  const has = (type: string) => chunks.some((chunk) => chunk.type === type);
  if (chunks[0]?.type === 'VP8X') {
    file[20] &= ~HAS_XMP;
    if (!has('ICCP')) file[20] &= ~HAS_PROFILE;
    if (!has('EXIF')) file[20] &= ~HAS_EXIF;
  }
  return file;
}

/** @param type four characters */
export function webpChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(8 + data.length + (data.length % 2));
  for (let i = 0; i < 4; i++) chunk[i] = type.charCodeAt(i);
  new DataView(chunk.buffer).setUint32(4, data.length, true);
  chunk.set(data, 8);
  return chunk;
}
