// Long sums: float32 within a block, float64 across blocks.

/** totals[i] += partial[i], then partial[i] = 0. `totals` is float64, 2·bytes long. */
export function drain(partial: usize, totals: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 4) {
    f64.store(totals + (i << 1), f64.load(totals + (i << 1)) + <f64>f32.load(partial + i));
  }
  memory.fill(partial, 0, bytes);
}
