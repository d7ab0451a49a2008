import { platform } from '#platform';
import type { KernelModule } from './generated/kernel-calls.js';
import { webAssembly, type WasmMemory } from './web-assembly.js';

/** `relaxed` fuses multiply and add (relaxed SIMD); `plain` runs wherever SIMD does. */
export type KernelBuild = 'plain' | 'relaxed';

/** A module with one function of one `f32x4.relaxed_madd`: valid only where relaxed SIMD is. */
const RELAXED_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32,
  1, 32, 2, 253, 133, 2, 11,
]);

/**
 * Whether this machine's WebAssembly supports relaxed SIMD. On Node 20 it needs a V8 flag, which this function sets.
 */
export async function relaxedSimdRuns(): Promise<boolean> {
  if (webAssembly.validate(RELAXED_PROBE)) return true;
  return (await platform.enableRelaxedSimd()) && webAssembly.validate(RELAXED_PROBE);
}

const loaded = new WeakMap<WasmMemory, Map<KernelBuild, KernelModule>>();

/** A build of the kernels, compiled onto a memory; once for each memory. */
export async function loadKernels(build: KernelBuild, memory: WasmMemory): Promise<KernelModule> {
  const builds = loaded.get(memory) ?? new Map<KernelBuild, KernelModule>();
  loaded.set(memory, builds);
  const known = builds.get(build);
  if (known) return known;
  const { module: encoded } =
    build === 'relaxed' ? await import('./generated/relaxed.js') : await import('./generated/plain.js');
  const binary = atob(encoded);
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const { instance } = await webAssembly.instantiate(bytes, { env: { memory } });
  const exports = instance.exports as KernelModule;
  builds.set(build, exports);
  return exports;
}
