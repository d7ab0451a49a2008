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
    throw new EngineError('engine/missing', 'this browser, or this page, has no WebGPU', {
      hint: "serve the page over https or from localhost, in a browser with WebGPU; or useEngine('wasm')",
    });
  },

  noAdapterHint: "switch on the browser's hardware acceleration, or useEngine('wasm')",
};
