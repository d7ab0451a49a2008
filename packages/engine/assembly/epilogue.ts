// activation(y + bias) in place, on the part of a product or convolution that was just computed and is still in the
// cache: what inference makes of batch norm and activation.
import { Gelu, HardSigmoid, HardSwish, Identity, LeakyRelu, Relu, Sigmoid, Silu, value } from './activation';
import { loadPart, storePart } from './part';

/** 8 columns, the width of a tile of `gemm`: the bias stays in registers. */
function eight<A>(y: usize, stride: usize, bias: usize, R: usize, slope: v128): void {
  const lo = v128.load(bias),
    hi = v128.load(bias, 16);
  for (; R > 0; R--) {
    v128.store(y, value<A>(f32x4.add(v128.load(y), lo), slope));
    v128.store(y, value<A>(f32x4.add(v128.load(y, 16), hi), slope), 16);
    y += stride;
  }
}

function rows<A>(y: usize, stride: usize, bias: usize, R: usize, C: usize, slope: v128): void {
  if (C == 8) {
    eight<A>(y, stride, bias, R, slope);
    return;
  }
  const full = (C & ~3) << 2,
    rest = C & 3;
  for (; R > 0; R--) {
    let c: usize = 0;
    if (full > 0)
      do {
        v128.store(y + c, value<A>(f32x4.add(v128.load(y + c), v128.load(bias + c)), slope));
        c += 16;
      } while (c < full);
    if (rest > 0) {
      const z = f32x4.add(loadPart(y + c, rest), loadPart(bias + c, rest));
      storePart(y + c, value<A>(z, slope), rest);
    }
    y += stride;
  }
}

/** R rows of C floats, `stride` bytes apart. bias: C floats. */
export function epilogue(
  y: usize,
  stride: usize,
  bias: usize,
  R: usize,
  C: usize,
  activation: i32,
  slope: f32,
): void {
  const s = f32x4.splat(slope);
  if (activation == 1) rows<Relu>(y, stride, bias, R, C, s);
  else if (activation == 2) rows<LeakyRelu>(y, stride, bias, R, C, s);
  else if (activation == 3) rows<HardSwish>(y, stride, bias, R, C, s);
  else if (activation == 4) rows<Silu>(y, stride, bias, R, C, s);
  else if (activation == 5) rows<Sigmoid>(y, stride, bias, R, C, s);
  else if (activation == 6) rows<HardSigmoid>(y, stride, bias, R, C, s);
  else if (activation == 7) rows<Gelu>(y, stride, bias, R, C, s);
  else rows<Identity>(y, stride, bias, R, C, s);
}
