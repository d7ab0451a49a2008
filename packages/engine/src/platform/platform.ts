import type { NativeBuilds } from '@polytag/native';

/** What the engine needs of the place it runs in. `#platform` is the one for Node, or for browsers and their workers. */
export interface Platform {
  /**
   * Asks for relaxed SIMD where it waits behind a switch.
   * @returns false where there is no such switch
   */
  enableRelaxedSimd(): Promise<boolean>;
  /** Folder of the binaries of the wasm backend, with the last slash, where it can be found without being told. */
  wasmFolder(): Promise<string | undefined>;
  /** Kernels in the processor's own vectors, where there are any. */
  nativeBuilds(): Promise<NativeBuilds>;
  /** The setting of that name in the environment. */
  setting(name: string): string | undefined;
  /**
   * The entry to WebGPU, which is `navigator.gpu` from then on.
   * @throws EngineError `engine/missing` where there is none
   */
  gpu(): Promise<Gpu>;
  /** What to do when WebGPU finds no adapter here. */
  readonly noAdapterHint: string;
}

/** The part of the WebGPU interface used here. */
export interface Gpu {
  requestAdapter(options?: { readonly powerPreference?: string }): Promise<object | null>;
}
