/** Half a cosine, from `start` at fraction 0 to `end` at fraction 1. */
export function anneal(start: number, end: number, fraction: number): number {
  return end + ((start - end) / 2) * (1 + Math.cos(Math.PI * fraction));
}
