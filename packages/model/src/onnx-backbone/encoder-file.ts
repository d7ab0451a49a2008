import { CheckpointError, nearest, printable, shapeText, UsageError } from '@polytag/core';
import type { OnnxFile, OnnxPort } from '@polytag/onnx-runtime';
import type { ChannelAxis } from './feature-layout.js';

/** Elements of images that an encoder may take, and of features that it may give. */
export type InputType = 'float32' | 'float16' | 'uint8';
export type OutputType = 'float32' | 'float16';

/** The one input of an encoder: images. */
export interface EncoderInput {
  readonly name: string;
  readonly type: InputType;
  readonly channelAxis: ChannelAxis;
  /** Images at once, where the file says it. */
  readonly batch?: number;
  /** Pixels, where the file says it. */
  readonly height?: number;
  readonly width?: number;
}

/** What one needs of an ONNX file to run it as an encoder. */
export interface EncoderPorts {
  readonly input: EncoderInput;
  readonly output: { readonly name: string; readonly type: OutputType };
}

const INPUT_TYPES: readonly string[] = ['float32', 'float16', 'uint8'] satisfies InputType[];
const OUTPUT_TYPES: readonly string[] = ['float32', 'float16'] satisfies OutputType[];

/**
 * The input and the output of an encoder, as its file declares them.
 *
 * @param output wanted. Default: the only one
 * @param source how errors name the file
 * @throws UsageError `usage/onnx-output`, listing those that there are
 * @throws CheckpointError `checkpoint/onnx-input` for a graph that does not take images alone
 */
export function encoderPorts(file: OnnxFile, output: string | undefined, source: string): EncoderPorts {
  return { input: inputOf(file, source), output: outputOf(file, output, source) };
}

function inputOf({ inputs }: OnnxFile, source: string): EncoderInput {
  const refuse = (problem: string) =>
    new CheckpointError('checkpoint/onnx-input', `${source} ${problem}.`, {
      hint: 'An encoder has one input, the images: float32, float16 or uint8, [batch, 3, height, width] or [batch, height, width, 3]. Export the vision part alone.',
    });
  if (inputs.length !== 1)
    throw refuse(
      `has ${inputs.length} inputs (${inputs.map(({ name }) => shown(name)).join(', ')}); expected one`,
    );
  const [{ name, type, shape }] = inputs;
  if (!INPUT_TYPES.includes(type)) throw refuse(`has input ${shown(name)} of type ${type}`);
  const axis = shape && channelAxisOf(shape);
  if (!axis) throw refuse(`has input ${shown(name)} of shape ${toldShape(shape)}`);
  const known = (size: number | string) => (typeof size === 'number' && size > 0 ? size : undefined);
  const [height, width] = axis === 'first' ? [shape[2], shape[3]] : [shape[1], shape[2]];
  return {
    name,
    type: type as InputType,
    channelAxis: axis,
    batch: known(shape[0]),
    height: known(height),
    width: known(width),
  };
}

/** Where the 3 channels of an input are; of open sizes the usual place: first. */
function channelAxisOf(shape: readonly (number | string)[]): ChannelAxis | undefined {
  if (shape.length !== 4) return undefined;
  const isThree = (size: number | string) => size === 3;
  const isOpen = (size: number | string) => typeof size === 'string';
  if (isThree(shape[1])) return 'first';
  if (isThree(shape[3])) return 'last';
  return isOpen(shape[1]) ? 'first' : undefined;
}

function outputOf(
  { outputs }: OnnxFile,
  wanted: string | undefined,
  source: string,
): { readonly name: string; readonly type: OutputType } {
  const there = `Its outputs: ${outputs.map((port) => `${shown(port.name)} ${toldShape(port.shape)}`).join(', ')}.`;
  if (wanted === undefined && outputs.length !== 1) {
    throw new UsageError('usage/onnx-output', `${source} has ${outputs.length} outputs.`, {
      hint: `Choose the one with the features: output: ${outputs[0]?.name ?? 'NAME'}. ${there}`,
    });
  }
  const found = wanted === undefined ? outputs[0] : outputs.find(({ name }) => name === wanted);
  if (!found) {
    const meant = nearest(wanted!, outputs.map(({ name }) => name)); // prettier-ignore
    throw new UsageError('usage/onnx-output', `${source} has no output ${shown(wanted!)}.`, {
      hint: `${meant ? `Did you mean ${shown(meant)}? ` : ''}${there}`,
    });
  }
  const { name, type } = found;
  if (OUTPUT_TYPES.includes(type)) return { name, type: type as OutputType };
  throw new UsageError(
    'usage/onnx-output',
    `${source}: the output ${shown(name)} is ${type}; expected float32 or float16.`,
    {
      hint: `Choose another output. ${there}`,
    },
  );
}

const shown = (name: string): string => `"${printable(name, 80)}"`;

const toldShape = (shape: OnnxPort['shape']): string =>
  shape === undefined
    ? 'of unknown shape'
    : shapeText(shape.map((size) => (typeof size === 'number' ? size : null)));
