/** Values of a tensor. int64 values are bigints; float16 values are the bits in a Uint16Array. */
export type OnnxData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** What an `InferenceSession` of onnxruntime does, as far as it is needed here. */
export interface RuntimeSession {
  run(
    feeds: Record<string, unknown>,
  ): Promise<Record<string, { readonly data: unknown; readonly dims: readonly number[] }>>;
  release(): Promise<void>;
}

/** The common interface of `onnxruntime-node` and `onnxruntime-web`. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: object): Promise<RuntimeSession>;
    create(path: string, options?: object): Promise<RuntimeSession>;
  };
  readonly Tensor: new (type: string, values: OnnxData, shape: readonly number[]) => unknown;
  readonly env: {
    readonly versions: { readonly common: string; readonly node?: string; readonly web?: string };
    readonly wasm: { numThreads?: number; wasmPaths?: unknown };
  };
}
