import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { PartError } from '../errors/errors.js';
import { notPromise, partTitle } from '../parts/in-part.js';
import { isRecord } from '../validation/is-record.js';
import type { AppliedHead, Head, HeadContext } from './head.js';

/**
 * Applies a head to a feature map and returns the layers of the model, with defaults filled in: a head that returns
 * only its outputs gets scale 1. One error reports every violation of the contract; the output shape is not checked.
 *
 * @param featureMap [B, h, w, C]
 * @throws PartError `part/contract`, `part/promise`; and whatever the head throws
 */
export function applyHead(head: Head, featureMap: SymbolicTensor, context: HeadContext): AppliedHead {
  const title = partTitle('head', head);
  const given: unknown = notPromise(title, 'apply', head.apply(featureMap, context));
  if (isSymbolic(given)) {
    assertLogits(title, head);
    return { outputs: given, scale: 1 };
  }
  if (!isRecord(given) || !('outputs' in given)) {
    const told = isRecord(given) ? 'an object without "outputs"' : String(given);
    throw contractError(title, [`"apply" returns ${told}; expected { outputs, scale }`]);
  }
  const { scale, byLabel, heatMaps, readsMean } = given as unknown as AppliedHead;
  const faults = [
    !(Number.isFinite(scale) && scale > 0) &&
      `the "scale" that "apply" returns is ${scale}; expected a number above 0`,
    byLabel !== undefined &&
      typeof byLabel !== 'function' &&
      'the "byLabel" that "apply" returns is not a function',
    heatMaps !== undefined &&
      typeof heatMaps !== 'function' &&
      'the "heatMaps" that "apply" returns is not a function',
    readsMean !== undefined &&
      typeof readsMean !== 'boolean' &&
      'the "readsMean" that "apply" returns is neither true nor false',
  ];
  if (faults.some(Boolean)) throw contractError(title, faults);
  return given as unknown as AppliedHead;
}

/** A head says beside its outputs what is not so of logits; said of the head itself, nobody reads it. */
function assertLogits(title: string, head: Head): void {
  const { scale, byLabel, heatMaps } = head as Partial<Record<'scale' | 'byLabel' | 'heatMaps', unknown>>;
  const faults = [
    head.space !== 'logits' && `"apply" returns ${head.space} without a scale`,
    scale !== undefined && scale !== 1 && `the "scale" of the head object (${String(scale)}) is ignored`,
    byLabel !== undefined && 'the "byLabel" of the head object is ignored',
    heatMaps !== undefined && 'the "heatMaps" of the head object is ignored',
  ];
  if (faults.some(Boolean)) throw contractError(title, faults);
}

/** Not `instanceof`: this package does not load TensorFlow.js. */
const isSymbolic = (value: unknown): value is SymbolicTensor => isRecord(value) && 'sourceLayer' in value;

const contractError = (title: string, faults: readonly (string | false)[]): PartError =>
  new PartError('part/contract', `The ${title} breaks its contract: ${faults.filter(Boolean).join('; ')}.`, {
    hint: 'Return { outputs, scale } from "apply", and byLabel and heatMaps if the head has them: see `AppliedHead` of @polytag/core.',
  });
