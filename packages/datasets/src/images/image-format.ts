/** Supported formats. Others are refused by their first bytes, whatever the file name. */
export type ImageFormat = 'jpeg' | 'png' | 'webp';

const startsWith = (bytes: Uint8Array, text: string, at = 0) => {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
};

/** The format by its magic bytes, or undefined. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  if (startsWith(bytes, '\xff\xd8\xff')) return 'jpeg';
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'png';
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) return 'webp';
  return undefined;
}

/** What a file that is not one of them looks like, for an error message. */
export function describeContent(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'is empty';
  if (startsWith(bytes, 'GIF8')) return 'is a GIF';
  if (startsWith(bytes, 'BM')) return 'is a BMP';
  if (startsWith(bytes, 'II*\0') || startsWith(bytes, 'MM\0*')) return 'is a TIFF';
  if (startsWith(bytes, 'ftyp', 4)) return 'is an AVIF, HEIC or video file';
  if (startsWith(bytes, '%PDF')) return 'is a PDF';
  const head = bytes.subarray(0, 1024);
  if (head.some((byte) => byte < 9)) return 'is in an unknown image format';
  const text = new TextDecoder().decode(head).toLowerCase();
  if (text.includes('<svg')) return 'is an SVG drawing';
  if (text.includes('<html') || text.includes('<!doctype html')) return 'is an HTML page';
  return 'is a text file';
}

/** Whether the file ends before its format says it does. Asked when decoding failed. */
export function isTruncated(format: ImageFormat, bytes: Uint8Array): boolean {
  switch (format) {
    case 'jpeg': {
      // The end marker may be followed by padding, so it is looked for in the last bytes.
      const tail = bytes.subarray(-64);
      return !tail.some((byte, i) => byte === 0xff && tail[i + 1] === 0xd9);
    }
    case 'png': {
      const tail = bytes.subarray(-64);
      return !tail.some((_, i) => startsWith(tail, 'IEND', i));
    }
    case 'webp': {
      const declared = bytes[4] + bytes[5] * 2 ** 8 + bytes[6] * 2 ** 16 + bytes[7] * 2 ** 24;
      return declared + 8 > bytes.length;
    }
  }
}
