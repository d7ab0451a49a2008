import type { KernelBuild } from '@polytag/engine';

interface WebAssemblyInterface {
  instantiate(bytes: Uint8Array): Promise<{ readonly instance: { readonly exports: unknown } }>;
}
// The workspace compiles without the DOM's types, which have it.
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface };

/** With two factors they fit the vector registers that V8 uses on x86, and hide the latency of an operation. */
const SUMS = 12;
const LANES = 4;
const ITERATIONS = 500_000;

/**
 * GFLOP/s of the best loop of multiplications and additions there can be: 12 independent vectors in registers, no load, no
 * store, the fastest of several times. With relaxed SIMD each becomes x·c + y in one instruction; else half of them x·c and
 * half c + y, which nothing waits for.
 */
export async function measureRoofline(build: KernelBuild, repeats = 40): Promise<number> {
  const { instance } = await WebAssembly.instantiate(loopModule(build));
  const { run } = instance.exports as { readonly run: (iterations: number) => number };
  const once = () => {
    const start = performance.now();
    run(ITERATIONS);
    return performance.now() - start;
  };
  // Until V8 has compiled it at its best.
  for (let i = 0; i < 3; i++) once();
  const operations = (build === 'relaxed' ? 2 : 1) * SUMS * LANES * ITERATIONS;
  return operations / Math.min(...Array.from({ length: repeats }, once)) / 1e6;
}

/** A module whose function `run(iterations: i32): f32` is the loop; the result keeps the sums from being left out. */
function loopModule(build: KernelBuild): Uint8Array<ArrayBuffer> {
  const [i32, f32, v128] = [0x7f, 0x7d, 0x7b];
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const splat = (value: number) => [0x43, ...new Uint8Array(Float32Array.of(value).buffer), 0xfd, 0x13];
  const [add, multiply, multiplyAdd] = [
    [0xfd, 0xe4, 0x01],
    [0xfd, 0xe6, 0x01],
    [0xfd, 0x85, 0x02],
  ];
  const [iterations, x, y] = [0, SUMS + 1, SUMS + 2];
  const sums = Array.from({ length: SUMS }, (_, i) => i + 1);
  const term = (c: number) => {
    if (build === 'relaxed') return [...get(x), ...get(c), ...get(y), ...multiplyAdd];
    return c % 2 === 0 ? [...get(c), ...get(x), ...multiply] : [...get(c), ...get(y), ...add];
  };
  const code = [
    // A factor of 1: the values stay normal numbers, with which every processor is at its fastest.
    ...[...splat(1), ...set(x), ...splat(0.1), ...set(y)],
    ...sums.flatMap((c) => [...splat(c), ...set(c)]),
    ...[0x03, 0x40], // loop
    ...sums.flatMap((c) => [...term(c), ...set(c)]),
    // Again while --iterations is not 0, and the loop's end.
    ...[...get(iterations), 0x41, 1, 0x6b, 0x22, iterations, 0x0d, 0, 0x0b],
    ...sums.flatMap((c, i) => (i === 0 ? get(c) : [...get(c), ...add])),
    ...[0xfd, 0x1f, 0, 0x0b], // the first lane of their sum, and the function's end
  ];
  const body = [1, SUMS + 2, v128, ...code];
  const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content];
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 1, f32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...[...'run'].map((letter) => letter.charCodeAt(0)), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  );
}

/** LEB128, as WebAssembly writes its sizes. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >> 7)];
}
