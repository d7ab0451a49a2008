import type * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { nativeBuilds } from '@polytag/native';
import * as ops from '@polytag/ops';
import { evaluateNatively, uniform } from '../agreement.fixture.js';
import { nativeBuild, useEngine } from '../use-engine.js';
import { loadKernels, relaxedSimdRuns } from './load-kernels.js';
import { agrees, withNative } from './native-kernels.js';
import { operationCases, type OperationCase } from './operation-cases.fixture.js';
import type { WasmMemory } from './web-assembly.js';

const found = nativeBuilds();
const relaxed = await relaxedSimdRuns();
const runs = relaxed && found.builds.length > 0;
if (!runs) {
  const reason = 'reason' in found ? found.reason : 'no relaxed SIMD here';
  process.stdout.write(`The native kernels are not compared: ${reason}\n`);
}

/** A memory of its own, in pages of 64 KB. The workspace compiles without the type of it. */
const heapOf = (initial: number): WasmMemory =>
  new (
    globalThis as unknown as { WebAssembly: { Memory: new (of: object) => WasmMemory } }
  ).WebAssembly.Memory({
    initial,
  });

const size = (max: number, min = 1) => fc.integer({ min, max });

/** Beside the shapes of all operations, more tiles and blocks of those that are computed natively. */
const wide: Record<string, fc.Arbitrary<OperationCase>> = {
  'wide products': fc.tuple(size(400), size(600), size(200)).map(([rows, inputs, outputs]) => ({
    operation: ops.linear,
    shapes: [
      [rows, inputs],
      [inputs, outputs],
    ],
  })),
  'gradient of a narrow weight': fc
    .tuple(size(2000, 500), size(24), size(40))
    .map(([rows, inputs, outputs]) => ({
      operation: ops.linear,
      shapes: [
        [rows, inputs],
        [inputs, outputs],
      ],
    })),
  'attention with dropout': fc
    .tuple(size(2), size(70), size(70), size(40), size(3))
    .map(([batch, queries, keys, d, heads]) => ({
      operation: (q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D) =>
        ops.attention(q, k, v, { heads, dropout: { rate: 0.3, seed: 5 } }),
      shapes: [queries, keys, keys].map((tokens) => [batch, tokens, d * heads]),
    })),
  'wide conv2d 3x3': fc
    .tuple(size(24, 4), size(24, 4), size(40), size(40))
    .map(([h, w, inputs, outputs]) => ({
      operation: (image: tf.Tensor4D, weight: tf.Tensor4D) =>
        ops.conv2d(image, weight, { stride: 1, padding: { top: 1, bottom: 1, left: 1, right: 1 } }),
      shapes: [
        [2, h, w, inputs * 4],
        [3, 3, inputs * 4, outputs * 4],
      ],
    })),
};

(runs ? describe : describe.skip)('the native kernels give the bits of the relaxed build', () => {
  const setting = process.env['POLYTAG_NATIVE'];
  afterAll(() => {
    if (setting === undefined) delete process.env['POLYTAG_NATIVE'];
    else process.env['POLYTAG_NATIVE'] = setting;
  });

  describe.each(found.builds.map(({ name }) => name))('%s', (name) => {
    beforeAll(() => (process.env['POLYTAG_NATIVE'] = name));

    it.each(Object.entries({ ...operationCases, ...wide }))('%s', async (_name, any) => {
      await fc.assert(
        fc.asyncProperty(any, async ({ operation, shapes, inference }) => {
          const inputs = shapes.map((of, i) => uniform(`${i}`, of));
          const expected = await evaluateNatively(false, operation, inputs, !inference);
          expect(await evaluateNatively(true, operation, inputs, !inference)).toEqual(expected);
          expect(nativeBuild()).toEqual({ build: name });
        }),
        { numRuns: 8 },
      );
    });
  });

  it('a build that computes other bits fails the self-test, and an activation it does not know is left to wasm', async () => {
    const memory = heapOf(400);
    const module = await loadKernels('relaxed', memory);
    const [build] = found.builds;
    const test = (native: typeof build) =>
      agrees(
        module,
        withNative(module, native, memory),
        memory,
        () => 1024,
        () => undefined,
      );
    expect(test(build)).toBe(true);
    const calls: number[] = [];
    const spied = (activations: number): typeof build => ({
      ...build,
      activations,
      functions: {
        gemmFused: (heap, ...values) => {
          calls.push(values[7]);
          return build.functions['gemmFused'](heap, ...values);
        },
      },
    });
    expect(test(spied(build.activations))).toBe(true);
    expect(calls).toEqual([4]);
    expect(test(spied(4))).toBe(true);
    expect(calls).toEqual([4]);
    const wrong = (heap: ArrayBufferLike, ...values: number[]) => {
      const status = build.functions['gemm'](heap, ...values);
      new Uint32Array(heap, values[6], 1)[0] ^= 1;
      return status;
    };
    expect(test({ ...build, functions: { ...build.functions, gemm: wrong } })).toBe(false);
    // As an addon of another version answers a call whose values it does not know.
    expect(test({ ...build, functions: { ...build.functions, gemm: () => 3 } })).toBe(false);
  });

  it('a place outside the memory, and a value that is no number, are refused and write nothing', async () => {
    const memory = heapOf(1);
    const { gemm } = found.builds[0].functions;
    const product = (a: number, c: number, rows: number) =>
      gemm(memory.buffer, a, 4, 1, 0, 4, 1, c, 4, rows, 4, 4, 0, 0);
    expect(product(0, 1024, 4)).toBe(0);
    expect(product(65536 - 60, 1024, 4)).toBe(2);
    expect(product(0, 65536 - 60, 4)).toBe(2);
    expect(product(-4, 1024, 4)).toBe(2);
    expect(product(NaN, 1024, 4)).toBe(2);
    expect(gemm(memory.buffer, 0)).toBe(3);
  });
});

it('is left out where the environment says so, and where a build of the kernels is named', async () => {
  const setting = process.env['POLYTAG_NATIVE'];
  process.env['POLYTAG_NATIVE'] = '0';
  await useEngine('wasm');
  expect(nativeBuild()).toEqual({ reason: 'POLYTAG_NATIVE=0' });
  await expect(useEngine('wasm', { native: true })).rejects.toMatchObject({ code: 'engine/missing' });
  if (setting === undefined) delete process.env['POLYTAG_NATIVE'];
  else process.env['POLYTAG_NATIVE'] = setting;
  await useEngine('wasm', { simd: 'plain' });
  expect(nativeBuild()).toEqual({ reason: 'switched off' });
});
