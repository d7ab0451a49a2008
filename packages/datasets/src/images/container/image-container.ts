/** What the container of an image tells before anything is decoded. */
export interface ImageContainer {
  /** Pixels as they are stored, before the picture is turned upright; 0 where the file does not say. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 to 8. */
  readonly orientation: number;
  /** Bytes of a decoded pixel, before it becomes 8-bit RGB. */
  readonly bytesPerPixel: number;
  /** Bytes that the decoder itself holds: nothing where it goes row by row. */
  readonly heldBytes: number;
  /** Bytes that it holds besides at full size, and a quarter of them at half the width and height. Default 0. */
  readonly shrinkableBytes?: number;
  /**
   * The file without what decoding does not need. Texts, thumbnails and other metadata are gone, of EXIF data the
   * orientation stays, a colour profile stays up to {@link MAX_PROFILE_BYTES}.
   */
  readonly bytes: Uint8Array;
  /** Why the picture cannot be whole, where the container shows it; completes "The file …". */
  readonly lacks?: string;
  /** What is wrong with a picture that the decoder refuses, where the container shows it. */
  readonly fault?: string;
}

/** The largest colour profile that is looked at: those of printing presses have 0.5 to 3 MB. */
export const MAX_PROFILE_BYTES = 4 * 2 ** 20;

/** The bytes of some pieces in one array; pieces of a file that lie beside each other in it are not copied. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [{ buffer, byteOffset: start }] = pieces;
  let end = start;
  const isWhole = pieces.every((piece) => {
    const isNext = piece.buffer === buffer && piece.byteOffset === end;
    end += piece.length;
    return isNext;
  });
  return isWhole ? new Uint8Array(buffer, start, end - start) : copied(pieces);
}

/** A copy of the bytes of some pieces. */
export function copied(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
