/** Memory as text, in units of 2^20 bytes, rounded up: `12 MB`. `training.maxHeap` uses the same unit. */
export const memoryText = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MB`;

/** File size as text, in powers of 1000 with three digits: `2.5 kB`, `282 MB`, `1.25 GB`. */
export function sizeText(bytes: number): string {
  const [unit, name] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${Number((bytes / unit).toPrecision(3))} ${name}`;
}
