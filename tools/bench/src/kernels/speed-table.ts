import type { ProductSpeed } from './product-speeds.js';

const PASSES = ['forward', 'dX', 'dW'] as const;

/** Geometric mean of the GFLOP/s of pointwise products, by pass and of all. */
function geometricMeans(speeds: readonly ProductSpeed[]): string[] {
  const pointwise = speeds.filter(({ kind }) => kind === 'pointwise');
  if (pointwise.length === 0) return [];
  const mean = (those: readonly ProductSpeed[]) =>
    Math.exp(those.reduce((sum, { gigaflops }) => sum + Math.log(gigaflops), 0) / those.length).toFixed(1);
  const passes = PASSES.map((pass) => `${pass} ${mean(pointwise.filter((speed) => speed.pass === pass))}`);
  return [`geometric mean of pointwise products: ${mean(pointwise)} GFLOP/s (${passes.join(', ')})`];
}

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
    ...geometricMeans(speeds),
    `share: of WebAssembly's roofline, multiplications and additions in registers alone, ${roofline.toFixed(1)} GFLOP/s`,
    '',
  ].join('\n');
}
