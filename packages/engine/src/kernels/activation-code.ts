import type { PointwiseActivation } from '../ops/activation.js';
import type { Attributes } from '../wasm/register.js';

/** In the order of the tags in assembly/activation.ts. */
const CODES: readonly PointwiseActivation[] = [
  'identity',
  'relu',
  'leaky-relu',
  'hard-swish',
  'silu',
  'sigmoid',
  'hard-sigmoid',
];

/** The two arguments by which a kernel is told its activation. */
export function activationArguments(attributes: Attributes): [code: number, slope: number] {
  return [CODES.indexOf(attributes.activation as PointwiseActivation), attributes.slope as number];
}
