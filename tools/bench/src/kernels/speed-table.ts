import type { ProductSpeed } from './product-speeds.js';

/** The fastest product of matrices: convolutions may do with fewer multiplications than are counted. */
export function fastest(speeds: readonly ProductSpeed[]): ProductSpeed {
  return speeds
    .filter(({ kind }) => kind === 'linear' || kind === 'pointwise')
    .reduce((best, next) => (next.gigaflops > best.gigaflops ? next : best));
}

/** A row for each shape and pass, and what the shares are of. */
export function speedTable(speeds: readonly ProductSpeed[]): string {
  const roofline = fastest(speeds);
  const width = Math.max(...speeds.map(({ shape }) => shape.length));
  const rows = speeds.map(({ shape, pass, ms, gigaflops }) => {
    const share = `${Math.round((100 * gigaflops) / roofline.gigaflops)} %`;
    return `${shape.padEnd(width)}  ${pass.padEnd(7)} ${ms.toFixed(3).padStart(9)} ${gigaflops.toFixed(1).padStart(8)} ${share.padStart(6)}`;
  });
  return [
    `${'product'.padEnd(width)}  ${'pass'.padEnd(7)} ${'ms'.padStart(9)} ${'GFLOP/s'.padStart(8)} ${'share'.padStart(6)}`,
    ...rows,
    `share: of the fastest matrix product of this run, ${roofline.shape} ${roofline.pass}, ${roofline.gigaflops.toFixed(1)} GFLOP/s`,
    '',
  ].join('\n');
}
