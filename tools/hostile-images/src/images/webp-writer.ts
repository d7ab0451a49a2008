import { joined, letters, little32 } from './bytes.js';

/** A chunk of a RIFF file, filled up to an even length. */
export const riffChunk = (type: string, data: Uint8Array, claimed = data.length): Uint8Array =>
  joined(letters(type), little32(claimed), data, new Uint8Array(data.length % 2));

export const webpFile = (chunks: readonly Uint8Array[], claimed?: number): Uint8Array => {
  const body = joined('WEBP', ...chunks);
  return joined('RIFF', little32(claimed ?? body.length), body);
};

const little24 = (value: number) => Uint8Array.of(value & 255, (value >> 8) & 255, value >> 16);

/** The header of an extended file. Flags: 32 profile, 16 alpha, 8 EXIF, 4 XMP, 2 animation. */
export const extended = (flags: number, width: number, height: number): Uint8Array =>
  riffChunk('VP8X', joined(Uint8Array.of(flags, 0, 0, 0), little24(width - 1), little24(height - 1)));

/** A frame of an animation, shown for a tenth of a second. */
export const frame = (picture: Uint8Array, width: number, height: number, x = 0): Uint8Array =>
  riffChunk(
    'ANMF',
    joined(
      little24(x / 2),
      little24(0),
      little24(width - 1),
      little24(height - 1),
      little24(100),
      Uint8Array.of(0),
      picture,
    ),
  );

/** The picture of a simple file: its one chunk. */
export const pictureOf = (webp: Uint8Array): Uint8Array => webp.slice(12);
