// What a layer needs to write its part of an ONNX graph. `@polytag/export` has the other side.

/** Value of an ONNX attribute: a bigint or list of numbers for integers, a number for floating point. */
export type OnnxAttribute = bigint | number | string | readonly number[];

/** Builder with which a layer adds its nodes to an ONNX graph. Values are referred to by name. */
export interface OnnxGraph {
  /** Adds a node of opset 17 and returns the name of its first output. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string;
  /**
   * Adds trained float32 values and returns their name.
   *
   * @param channels axis of output channels, along which int8 weights have one scale each; without it they stay float32
   */
  weight(values: Float32Array, shape: readonly number[], channels?: number): string;
  /** Adds a float32 constant and returns its name. */
  constant(values: readonly number[], shape?: readonly number[]): string;
  /** Adds a list of int64, such as a shape or axes, and returns its name. */
  integers(values: readonly number[]): string;
  /**
   * Inserts the computation of another ONNX file, with renamed values.
   *
   * @param file its bytes
   * @param inputs values for its inputs, by input name
   * @param output name of the wanted output in the file
   * @returns the name of that output in this graph
   */
  file(file: Uint8Array, inputs: Readonly<Record<string, string>>, output: string): string;
  /**
   * Call this if the written nodes are only right for the height and width of `OnnxValue.shape`: the file then declares
   * the model's image size. Otherwise it accepts images of any size.
   */
  fixImageSize(): void;
}

/** An input of a layer. */
export interface OnnxValue {
  readonly name: string;
  /**
   * Shape as in TensorFlow.js, channels last; null for dimensions that are dynamic. In the graph, a feature map (four
   * dimensions) is [B, C, h, w]; everything else is as here.
   */
  readonly shape: readonly (number | null)[];
}

/** A layer that can be exported to ONNX. */
export interface OnnxLayer {
  /**
   * Adds the layer's inference computation to the graph.
   *
   * @returns the name of its output; a feature map is [B, C, h, w]
   */
  toOnnx(graph: OnnxGraph, inputs: readonly OnnxValue[]): string;
}
