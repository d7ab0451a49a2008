import type { ProductSpeed } from './product-speeds.js';

/** A row for each shape and pass, with its share of the roofline (GFLOP/s). */
export function speedTable(speeds: readonly ProductSpeed[], roofline: number): string {
  const width = Math.max(...speeds.map(({ shape }) => shape.length));
  const rows = speeds.map(({ shape, pass, ms, gigaflops }) => {
    const share = `${Math.round((100 * gigaflops) / roofline)} %`;
    return `${shape.padEnd(width)}  ${pass.padEnd(7)} ${ms.toFixed(3).padStart(9)} ${gigaflops.toFixed(1).padStart(8)} ${share.padStart(6)}`;
  });
  return [
    `${'product'.padEnd(width)}  ${'pass'.padEnd(7)} ${'ms'.padStart(9)} ${'GFLOP/s'.padStart(8)} ${'share'.padStart(6)}`,
    ...rows,
    `share: of the roofline, multiplications and additions in registers alone, ${roofline.toFixed(1)} GFLOP/s`,
    '',
  ].join('\n');
}
