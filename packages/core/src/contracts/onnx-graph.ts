// What a layer needs to write its part of an ONNX graph. `@polytag/export` has the other side.

/** Value of an attribute: an integer is a bigint or a list of numbers, a floating-point number a number. */
export type OnnxAttribute = bigint | number | string | readonly number[];

/** What a layer writes its nodes with. Values are known by their names. */
export interface OnnxGraph {
  /** Adds a node of opset 17 and gives the name of its first output. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string;
  /**
   * Adds trained values, float32.
   *
   * @param channels the axis of output channels, along which int8 weights have a scale each; without it they stay float32
   */
  weight(values: Float32Array, shape: readonly number[], channels?: number): string;
  /** Adds a constant of float32. */
  constant(values: readonly number[], shape?: readonly number[]): string;
  /** Adds a list of int64: shapes, axes. */
  integers(values: readonly number[]): string;
  /**
   * Adds what another ONNX file computes, under names of its own.
   *
   * @param file its bytes
   * @param inputs values for its inputs, by the names that it gives them
   * @param output which of its outputs is wanted, by its name there
   * @returns the name of that output here
   */
  file(file: Uint8Array, inputs: Readonly<Record<string, string>>, output: string): string;
}

/** What a layer is given. */
export interface OnnxValue {
  readonly name: string;
  /**
   * As the layer knows it in TensorFlow.js, channels last; what is decided when the network runs is null. In the graph a
   * feature map, which is what has four dimensions, is [B, C, h, w]; everything else is as it is here.
   */
  readonly shape: readonly (number | null)[];
}

/** A layer that can be exported to ONNX. */
export interface OnnxLayer {
  /**
   * Writes what the layer computes in inference.
   *
   * @returns the name of its output; a feature map is [B, C, h, w]
   */
  toOnnx(graph: OnnxGraph, inputs: readonly OnnxValue[]): string;
}
