// The last one to three floats of a row whose length is no multiple of four.

/** n (1 to 3) floats in the low lanes, 0 in the others. */
export function loadPart(p: usize, n: usize): v128 {
  let v = v128.load32_zero(p);
  if (n > 1) v = v128.load_lane<f32>(p, v, 1, 4);
  if (n > 2) v = v128.load_lane<f32>(p, v, 2, 8);
  return v;
}

/** Stores the n (1 to 3) low lanes. */
export function storePart(p: usize, v: v128, n: usize): void {
  v128.store_lane<f32>(p, v, 0);
  if (n > 1) v128.store_lane<f32>(p, v, 1, 4);
  if (n > 2) v128.store_lane<f32>(p, v, 2, 8);
}

/** A vector of a row, whole or its last part: compiled into its callers, where a constant `whole` folds. */
export class Lanes {
  @inline
  static load(whole: bool, p: usize, n: usize): v128 {
    return whole ? v128.load(p) : loadPart(p, n);
  }

  @inline
  static store(whole: bool, p: usize, v: v128, n: usize): void {
    if (whole) v128.store(p, v);
    else storePart(p, v, n);
  }
}
