/** The part of the WebAssembly interface used here: the workspace compiles without the DOM's types, which have it. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

interface WebAssemblyInterface {
  validate(bytes: Uint8Array): boolean;
  instantiate(
    bytes: Uint8Array,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<{ readonly instance: { readonly exports: unknown } }>;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface })
  .WebAssembly;
