import type { NativeBuild } from '@polytag/native';
import { EngineError } from '@polytag/core';
import type { KernelModule } from './generated/kernel-calls.js';
import type { WasmMemory } from './web-assembly.js';

/** Where in the values of these the number of an activation stands. */
const ACTIVATION_AT: Readonly<Record<string, number>> = {
  gemmFused: 7,
  convForward: 16,
  winogradForward: 14,
  depthwiseForward: 15,
  batchNorm: 9,
  batchNormGradient: 12,
  activate: 3,
  activateGradient: 4,
};

const REASONS: Readonly<Record<number, string>> = {
  1: 'out of memory for packed data',
  2: 'an address is outside the memory of the engine',
  3: 'a value is not a number',
};

/**
 * The kernel module with the functions of a native build in place of its own. Both work on the same memory, which may grow
 * between calls: its buffer is asked for at each.
 */
export function withNative(module: KernelModule, build: NativeBuild, memory: WasmMemory): KernelModule {
  const native = Object.entries(build.functions).map(([name, run]) => {
    const own = module[name];
    const activationAt = ACTIVATION_AT[name];
    const call = (...values: number[]): number => {
      if (activationAt !== undefined && values[activationAt] >= build.activations) return own(...values);
      const status = run(memory.buffer, ...values);
      if (status !== 0) {
        throw new EngineError(
          status === 1 ? 'engine/out-of-memory' : 'engine/not-ready',
          `the native kernel ${name} failed: ${REASONS[status] ?? `status ${status}`}`,
          {
            hint:
              status === 1 ? 'use a smaller batch or image' : 'set POLYTAG_NATIVE=0, and please report this',
          },
        );
      }
      return 0;
    };
    return [name, call] as const;
  });
  return { ...module, ...Object.fromEntries(native) };
}

/** Products [M, K, N] of the self-test: edges of tiles of any width, and more than one block of terms. */
const PRODUCTS = [
  [1, 7, 5],
  [13, 33, 37],
  [29, 520, 70],
] as const;
/** A convolution 3x3: images, height, width, channels and filters. */
const CONVOLUTION = [2, 7, 6, 8, 20] as const;

/** Bytes of memory that `agrees` needs, beside the kernels' own working memory. */
const TEST_FLOATS = 40_000;

/**
 * Whether a native build computes the bits of the WebAssembly kernels here: products of every transposition, a convolution
 * and its gradients.
 *
 * @param allocate memory on the heap, which `free` gives back; 0 where there is none, and nothing is tried
 */
export function agrees(
  module: KernelModule,
  native: KernelModule,
  memory: WasmMemory,
  allocate: (bytes: number) => number,
  free: (address: number) => void,
): boolean {
  const [n, h, w, c, filters] = CONVOLUTION;
  const work = Math.max(
    module['gemmWorkBytes'](),
    module['convWorkBytes'](9 * c, n * h * w),
    module['winogradWorkBytes'](c, filters, n, h, w),
    module['winogradWeightWorkBytes'](c, filters, n, h, w),
    module['depthwiseWorkBytes'](c, 3, 3, 1),
    36 * filters,
    module['attentionWorkBytes'](11, 13),
  );
  const start = allocate(4 * 3 * TEST_FLOATS + (work >>> 0) + 64);
  if (start === 0) return false;
  const from = Math.ceil(start / 64) * 64;
  const [left, right, result] = [from, from + 4 * TEST_FLOATS, from + 8 * TEST_FLOATS];
  const scratch = from + 12 * TEST_FLOATS;
  const bias = left + 4 * 64;
  const inputs = new Float32Array(memory.buffer, from, 2 * TEST_FLOATS);
  // Any values whose sums are rounded: those of a multiplicative generator.
  let seed = 1;
  for (let i = 0; i < inputs.length; i++) {
    seed = (seed * 48271) % 2147483647;
    inputs[i] = seed / 1073741824 - 1;
  }
  const computed = (kernels: KernelModule, name: string, values: readonly number[], floats: number) => {
    new Float32Array(memory.buffer, result, floats).fill(0.25);
    kernels[name](...values);
    return new Uint32Array(memory.buffer, result, floats).slice();
  };
  const same = (name: string, values: readonly number[], floats: number) => {
    const expected = computed(module, name, values, floats);
    return computed(native, name, values, floats).every((bits, i) => bits === expected[i]);
  };
  try {
    const products = PRODUCTS.every(([M, K, N]) =>
      [
        [K, 1, N, 1],
        [K, 1, 1, K],
        [1, M, N, 1],
        [1, M, 1, K],
      ].every(([aRow, aColumn, bRow, bColumn]) =>
        same('gemm', [left, aRow, aColumn, right, bRow, bColumn, result, N, M, N, K, 1, scratch], M * N),
      ),
    );
    const maps = [n, h, w, c];
    const same3 = [1, 1, h, w, filters];
    const outputs = n * h * w * filters;
    const rows = n * h * w;
    const depthwise = [...maps, 3, 3, 1, 1, 1, h, w];
    const [values, mean, variance] = [result, result + 4 * rows * filters, result + 4 * (rows + 1) * filters];
    const norm = [rows, filters, 1e-3, 3, 0, scratch];
    const normed = (rows + 2) * filters;
    // Queries, keys and values as the thirds of one tensor, with dropout.
    const thirds = [left, left + 4 * 12, left + 4 * 24];
    const attention = [36, 36, 2, 11, 13, 2, 6, 0.4, 5, 3e6, 1.2, scratch];
    const gradients = [result, result + 4 * 12, result + 4 * 24];
    const place = [left, right, result];
    return (
      products &&
      same('gemmFused', [left, right, result, 13, 37, 33, bias, 4, 0, scratch], 13 * 37) &&
      same('matMul', [2, left, 99, 33, 1, right, 99, 9, 1, result, 27, 9, 3, 9, 11, scratch], 54) &&
      same('convForward', [...place, ...maps, 3, 3, 1, ...same3, bias, 3, 0, scratch], outputs) &&
      same('convInputGradient', [...place, ...maps, 3, 3, 1, ...same3, scratch], n * h * w * c) &&
      same('convWeightGradient', [...place, ...maps, 3, 3, 1, ...same3, scratch], 9 * c * filters) &&
      same('winogradForward', [...place, ...maps, ...same3, 0, bias, 3, 0, scratch], outputs) &&
      same('winogradForward', [...place, ...maps, ...same3, 1, 0, 0, 0, scratch], outputs) &&
      same('winogradWeightGradient', [...place, ...maps, ...same3, scratch], 9 * c * filters) &&
      same('depthwiseForward', [...place, ...depthwise, bias, 3, 0, scratch], rows * c) &&
      same('depthwiseInputGradient', [...place, ...depthwise, scratch], rows * c) &&
      same('depthwiseWeightGradient', [...place, ...depthwise, scratch], 9 * c) &&
      same('batchNorm', [left, bias, right, values, mean, variance, ...norm], normed) &&
      same(
        'batchNormGradient',
        [left, right, bias, right, bias, bias, values, mean, variance, ...norm],
        normed,
      ) &&
      same('attentionForward', [...thirds, result, ...attention], 2 * 11 * 12) &&
      same('attentionGradient', [...thirds, right, ...gradients, ...attention], 2 * 13 * 36) &&
      same('activate', [left, result, 101, 4, 0], 101) &&
      same('activateGradient', [left, right, result, 101, 3, 0], 101)
    );
  } catch (error) {
    // An addon of another version may take other values: it does not run, and the engine does without it.
    if (error instanceof EngineError) return false;
    throw error;
  } finally {
    free(start);
  }
}
