// C[M,N] (+)= A[M,K] * B[K,N] in fp32 with any strides of A and B (in elements); rows of C are contiguous.
// B is packed into panels of 8 columns; A is read where it lies when its rows are contiguous, and packed into panels of MR
// rows otherwise. Products of two matrices with few and contiguous columns over many rows (the gradient of a weight) pack
// nothing.
import { epilogue } from './epilogue';
import { packA, packB } from './gemm-packing';
import { Columns, MR, NR, panel, Rows, TILE_BYTES } from './gemm-tile';
import { Address, min, touch } from './simd';

/** Most k of a block: a panel of B and the rows of a tile of A stay in the first level cache. */
const KC: usize = 512;
const NC: usize = 1024;
/** Most values in a block of A, which stays in the second level cache, and its rows: multiples of a tile's. */
const A_BLOCK: usize = 61440;
const MC_LEAST: usize = 120;
const MC_MOST: usize = 960;

/** Columns of A and B together up to which they are read where they lie, and the k of a block of them. */
const FEW: usize = 280;
const KC_FEW: usize = 64;

/** An edge tile, and a word for what `touch` answers. */
const TMP: usize = TILE_BYTES + 64;
const PACKED_B: usize = KC * (NC + NR) * 4;

/** Bytes of working memory that `gemm` needs: an edge tile, the packed B and the packed A. */
export function gemmWorkBytes(): usize {
  return TMP + PACKED_B + (A_BLOCK + MR * KC) * 4;
}

/** `acc`: add to C instead of overwriting it. `work`: gemmWorkBytes() bytes. M, N and K are at least 1. */
export function gemm(
  A: Address,
  aRow: usize,
  aColumn: usize,
  B: Address,
  bRow: usize,
  bColumn: usize,
  C: Address,
  cRow: usize,
  M: usize,
  N: usize,
  K: usize,
  acc: bool,
  work: Address,
): void {
  if (aColumn > 1 && aRow == 1 && bColumn == 1 && M + N <= FEW)
    columns(A, aColumn, B, bRow, C, cRow, M, N, K, acc, work);
  else product(A, aRow, aColumn, B, bRow, bColumn, C, cRow, M, N, K, acc, false, 0, 0, 0, work);
}

/** C[M,N] = activation(A[M,K] * B[K,N] + bias[N]), all of them with contiguous rows. */
export function gemmFused(
  A: Address,
  B: Address,
  C: Address,
  M: usize,
  N: usize,
  K: usize,
  bias: Address,
  activation: i32,
  slope: f32,
  work: Address,
): void {
  product(A, K, 1, B, N, 1, C, N, M, N, K, false, true, bias, activation, slope, work);
}

/** Terms of a block where K is cut into blocks of up to `most`: all alike, and even. */
function blockTerms(K: usize, most: usize): usize {
  const parts = (K + most - 1) / most;
  return ((K + parts - 1) / parts + 1) & ~1;
}

/** `gemm`; where `fused`, the epilogue follows on each panel, after the last of its sums. */
function product(
  A: usize,
  aRow: usize,
  aColumn: usize,
  B: usize,
  bRow: usize,
  bColumn: usize,
  C: usize,
  cRow: usize,
  M: usize,
  N: usize,
  K: usize,
  acc: bool,
  fused: bool,
  bias: usize,
  activation: i32,
  slope: f32,
  work: usize,
): void {
  const PB = work + TMP,
    PA = PB + PACKED_B,
    lb = cRow << 2,
    KB = blockTerms(K, KC);
  const MB = (max<usize>(min(A_BLOCK / KB, MC_MOST), MC_LEAST) / 30) * 30;
  for (let jc: usize = 0; jc < N; jc += NC) {
    const nc = min(N - jc, NC);
    for (let pc: usize = 0; pc < K; pc += KB) {
      const kc = min(K - pc, KB),
        add = acc || pc > 0;
      packB(B + (pc * bRow + jc * bColumn) * 4, bRow, bColumn, PB, kc, nc);
      for (let ic: usize = 0; ic < M; ic += MB) {
        const mc = min(M - ic, MB);
        const a = A + (ic * aRow + pc * aColumn) * 4;
        let c = C + ic * lb + jc * 4,
          b = PB;
        if (aColumn != 1) packA(a, aRow, aColumn, PA, mc, kc);
        for (let j: usize = 0; j < nc; j += NR) {
          const nr = min(nc - j, NR);
          if (aColumn == 1) panel<Rows>(a, aRow << 2, aRow * MR * 4, b, NR * 4, kc, c, lb, mc, nr, add, work);
          else panel<Columns>(PA, MR * 4, kc * MR * 4, b, NR * 4, kc, c, lb, mc, nr, add, work);
          if (fused && pc + kc == K) epilogue(c, lb, bias + (jc + j) * 4, mc, nr, activation, slope);
          b += kc * NR * 4;
          c += NR * 4;
        }
      }
    }
  }
}

/**
 * C[M,N] (+)= Aᵀ * B of A[K,M] and B[K,N] with contiguous rows, `as` and `bs` elements apart, read where they lie: a block
 * of their rows is fetched in order, and then stays in the cache.
 */
function columns(
  A: usize,
  as: usize,
  B: usize,
  bs: usize,
  C: usize,
  cRow: usize,
  M: usize,
  N: usize,
  K: usize,
  acc: bool,
  work: usize,
): void {
  const PB = work + TMP,
    PA = PB + PACKED_B,
    lb = cRow << 2,
    KB = blockTerms(K, KC_FEW);
  const wholeN = N & ~(NR - 1),
    wholeM = M - (M % MR),
    restN = N - wholeN,
    restM = M - wholeM;
  let touched = 0;
  for (let pc: usize = 0; pc < K; pc += KB) {
    const kc = min(K - pc, KB),
      add = acc || pc > 0,
      a = A + pc * as * 4,
      b = B + pc * bs * 4;
    if (as == M) touched |= touch(a, kc * as * 4);
    if (bs == N) touched |= touch(b, kc * bs * 4);
    // A tile at the edge reads on into the next rows. Where there are none, its columns are copied.
    const last = pc + kc + NR > K,
      copyN = last && restN > 0,
      copyM = last && restM > 0;
    if (copyN) packB(b + wholeN * 4, bs, 1, PB, kc, restN);
    if (copyM) packA(a + wholeM * 4, 1, as, PA, restM, kc);
    const rows = copyM ? wholeM : M;
    for (let j: usize = 0; j < N; j += NR) {
      const nr = min(N - j, NR),
        packed = copyN && j == wholeN;
      const from = packed ? PB : b + j * 4,
        step = packed ? NR * 4 : bs << 2,
        c = C + j * 4;
      panel<Columns>(a, as << 2, MR * 4, from, step, kc, c, lb, rows, nr, add, work);
      if (copyM) panel<Columns>(PA, MR * 4, 0, from, step, kc, c + wholeM * lb, lb, restM, nr, add, work);
    }
  }
  i32.store(work + TILE_BYTES, touched);
}
