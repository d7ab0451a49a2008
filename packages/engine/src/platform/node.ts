import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { EngineError, reasonOf } from '@polytag/core';
import type { Gpu, Platform } from './platform.js';

export const platform: Platform = {
  /** Node 20 has relaxed SIMD behind a flag of V8; later ones have it switched on. */
  async enableRelaxedSimd() {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
    return true;
  },

  async wasmFolder() {
    const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
    return `${entry.slice(0, -'package.json'.length)}dist/`;
  },

  async nativeBuilds() {
    const { nativeBuilds } = await import('@polytag/native');
    return nativeBuilds();
  },

  setting: (name) => process.env[name],

  async gpu() {
    const { navigator } = globalThis as { navigator?: { gpu?: Gpu } };
    if (navigator?.gpu) return navigator.gpu;
    const { create, globals } = await webgpuPackage();
    Object.assign(globalThis, globals);
    const gpu = create([]);
    // Node 20 has no navigator. Later ones have one, which takes another property.
    if (navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
    return gpu;
  },

  noAdapterHint: "install a graphics driver with Vulkan, Metal or Direct3D 12, or useEngine('wasm')",
};

interface WebgpuPackage {
  create(options: string[]): Gpu;
  /** GPUBufferUsage and the like, which a browser has as globals. */
  readonly globals: object;
}

async function webgpuPackage(): Promise<WebgpuPackage> {
  try {
    return (await import('webgpu')) as unknown as WebgpuPackage;
  } catch (cause) {
    throw new EngineError(
      'engine/missing',
      `WebGPU in Node needs the package webgpu, which cannot be loaded: ${reasonOf(cause)}`,
      {
        hint: 'npm i webgpu',
        cause,
      },
    );
  }
}
