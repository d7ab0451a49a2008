/**
 * Resized pixels of the first images of a data set, in memory shared by all decoding threads. From the second epoch on,
 * these images are copied instead of decoded. Augmentation comes later, so nothing random is stored.
 */
export interface PixelCache {
  /** [slots, height, width, 3] */
  readonly pixels: Uint8Array;
  /** [slots]: 1 if the pixels are there. */
  readonly present: Uint8Array;
  /** Bytes per image. */
  readonly stride: number;
}

/** What a loader keeps where nothing else is said. */
export const DEFAULT_CACHE_BYTES = 256 * 2 ** 20;

/** @param bytes the most it may hold; images beyond it are decoded each time */
export function pixelCache(images: number, stride: number, bytes: number): PixelCache {
  const slots = Math.min(images, Math.floor(bytes / stride));
  return {
    pixels: new Uint8Array(new SharedArrayBuffer(slots * stride)),
    present: new Uint8Array(new SharedArrayBuffer(slots)),
    stride,
  };
}

/** Whether an image has a place in the cache. */
export function hasSlot(cache: PixelCache, index: number): boolean {
  return index < cache.present.length;
}

export function cachedPixels(cache: PixelCache, index: number): Uint8Array | undefined {
  if (!hasSlot(cache, index) || Atomics.load(cache.present, index) === 0) return undefined;
  return slot(cache, index);
}

/** Threads that decode the same image at once write the same bytes. */
export function keepPixels(cache: PixelCache, index: number, pixels: Uint8Array): void {
  if (!hasSlot(cache, index)) return;
  slot(cache, index).set(pixels);
  Atomics.store(cache.present, index, 1);
}

/** What is left of a cache when some images are taken out of their data set: the others move up. It takes no memory anew. */
export function withoutSlots(cache: PixelCache, removed: ReadonlySet<number>): PixelCache {
  const { pixels, present, stride } = cache;
  let to = 0;
  for (let from = 0; from < present.length; from++) {
    if (removed.has(from)) continue;
    pixels.copyWithin(to * stride, from * stride, (from + 1) * stride);
    present[to++] = present[from];
  }
  present.fill(0, to);
  return cache;
}

function slot({ pixels, stride }: PixelCache, index: number): Uint8Array {
  return pixels.subarray(index * stride, (index + 1) * stride);
}
