import * as z from 'zod';

const UNITS = { KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };
const WRITTEN = /^(\d+(?:\.\d+)?) ?(KB|MB|GB)$/;

/** A WebAssembly memory has 32-bit addresses. */
export const LARGEST_HEAP = 4 * UNITS.GB;

/** Bytes, as a number or written with KB, MB or GB (powers of 1024); at most 4 GB. */
export const heapSchema = z
  .union([z.int().positive(), z.string().regex(WRITTEN, 'expected a size such as 2GB or 1500MB')])
  .refine((heap) => heapBytes(heap) <= LARGEST_HEAP, 'a WebAssembly heap has at most 4GB');

export function heapBytes(heap: number | string): number {
  if (typeof heap === 'number') return heap;
  const [, count, unit] = WRITTEN.exec(heap) ?? [];
  return Math.floor(Number(count) * UNITS[unit as keyof typeof UNITS]);
}
