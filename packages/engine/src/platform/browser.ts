import { EngineError } from '@polytag/core';
import type { Gpu, Platform } from './platform.js';

/** A page, or a worker of one. */
export const platform: Platform = {
  enableRelaxedSimd: async () => false,

  wasmFolder: async () => undefined,

  nativeBuilds: async () => ({ builds: [], reason: 'a page computes in WebAssembly' }),

  setting: () => undefined,

  async gpu() {
    const { navigator } = globalThis as { navigator?: { readonly gpu?: Gpu } };
    if (navigator?.gpu) return navigator.gpu;
    throw new EngineError('engine/missing', 'WebGPU is not available in this browser or page', {
      hint: "serve the page over https or from localhost and use a browser with WebGPU; or useEngine('wasm')",
    });
  },

  noAdapterHint: "turn on hardware acceleration in the browser, or useEngine('wasm')",
};
