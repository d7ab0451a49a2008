import type { DecodedBatch } from './decode-batch.js';

/** A batch without the images that cannot be used: the rows of the others move up. */
export function withoutRefused(
  indices: Uint32Array,
  { images, refused }: DecodedBatch,
  views: number,
): { readonly indices: Uint32Array; readonly images: Float32Array } {
  if (refused.length === 0) return { indices, images };
  const positions = new Set(refused.map(({ position }) => position));
  const left = [...indices.keys()].filter((position) => !positions.has(position));
  const stride = images.length / (views * indices.length);
  const rows = new Float32Array(views * left.length * stride);
  for (let v = 0; v < views; v++) {
    left.forEach((position, row) => {
      const from = (v * indices.length + position) * stride;
      rows.set(images.subarray(from, from + stride), (v * left.length + row) * stride);
    });
  }
  return { indices: Uint32Array.from(left, (position) => indices[position]), images: rows };
}
