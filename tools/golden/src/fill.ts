import { fnv1a } from '@polytag/core';

// Taken out of the global object once: Jest's module scope makes every look-up of a global slow.
const { imul, sqrt } = Math;

/** The deterministic weights of the golden cases (tools/golden/README.md#filled-weights): first uniforms of a key. */
export function uniforms(salt: string, key: string, count: number): Float64Array {
  const hash = fnv1a(`${salt}/${key}`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = (hash + imul(i + 1, 0x9e3779b9)) >>> 0;
    x ^= x >>> 16;
    x = imul(x, 0x7feb352d);
    x ^= x >>> 15;
    x = imul(x, 0x846ca68b);
    x = (x ^ (x >>> 16)) >>> 0;
    values[i] = (x >>> 8) / 16777216;
  }
  return values;
}

/** `fill` of a case: how large its weights are. */
export interface Fill {
  readonly salt: string;
  readonly gain: number;
  /** Instead of `gain`, by key. */
  readonly gains?: Readonly<Record<string, number>>;
}

/** A weight as a case fills it, in checkpoint (PyTorch) order. */
export const filledAs = (
  { salt, gain, gains = {} }: Fill,
  key: string,
  shape: readonly number[],
): Float32Array => filled(salt, gains[key] ?? gain, key, shape);

/** A filled weight in checkpoint (PyTorch) order. */
export function filled(salt: string, gain: number, key: string, shape: readonly number[]): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(size);
  if (key.endsWith('num_batches_tracked')) return values;
  const [low, high] = bounds(gain, key, shape);
  const shares = uniforms(salt, key, size);
  for (let i = 0; i < size; i++) values[i] = low + (high - low) * shares[i];
  return values;
}

function bounds(gain: number, key: string, shape: readonly number[]): [number, number] {
  if (key.endsWith('running_mean')) return [-0.1, 0.1];
  if (key.endsWith('running_var')) return [0.5, 1.5];
  if (shape.length <= 1) return key.endsWith('bias') ? [-0.1, 0.1] : [0.75, 1.25];
  const bound = gain * sqrt(3 / shape.slice(1).reduce((a, b) => a * b, 1));
  return [-bound, bound];
}
