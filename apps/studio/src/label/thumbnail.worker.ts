import '../worker/jitless.ts';
import { assertDecodable } from '@polytag/datasets/images';
import { photoBytes } from '../worker/photo-bytes.ts';
import type { PhotoSource } from '../worker/protocol.ts';

const SIDE = 192;

/** Makes thumbnails: the middle of a photograph, square. */
self.onmessage = async ({ data: { id, source } }: MessageEvent<{ id: number; source: PhotoSource }>) => {
  try {
    const bytes = await photoBytes(source);
    assertDecodable(bytes, 'The image');
    const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
      imageOrientation: 'from-image',
    });
    const side = Math.min(bitmap.width, bitmap.height);
    const canvas = new OffscreenCanvas(SIDE, SIDE);
    canvas
      .getContext('2d')!
      .drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
    bitmap.close();
    self.postMessage({ id, blob: await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 }) });
  } catch (error) {
    self.postMessage({ id, failure: error instanceof Error ? error.message : String(error) });
  }
};
