import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { PartError } from '../errors/errors.js';
import { notPromise, partTitle } from '../parts/in-part.js';
import { isRecord } from '../validation/is-record.js';
import type { AppliedHead, Head, HeadContext } from './head.js';

/**
 * Asks a head for the layers of a model. Outputs alone are logits of scale 1. All faults are told at once; the shape of
 * the outputs is not looked at.
 *
 * @param featureMap [B, h, w, C]
 * @throws PartError `part/contract`, `part/promise`; and what the head throws
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
    throw contractError(title, [`its "apply" gives ${told}, not { outputs, scale }`]);
  }
  const { scale, byLabel, heatMaps, readsMean } = given as unknown as AppliedHead;
  const faults = [
    !(Number.isFinite(scale) && scale > 0) &&
      `the "scale" that its "apply" gives is ${scale}, not a number above 0`,
    byLabel !== undefined &&
      typeof byLabel !== 'function' &&
      'the "byLabel" that its "apply" gives is no function',
    heatMaps !== undefined &&
      typeof heatMaps !== 'function' &&
      'the "heatMaps" that its "apply" gives is no function',
    readsMean !== undefined &&
      typeof readsMean !== 'boolean' &&
      'the "readsMean" that its "apply" gives is neither true nor false',
  ];
  if (faults.some(Boolean)) throw contractError(title, faults);
  return given as unknown as AppliedHead;
}

/** A head says beside its outputs what is not so of logits; said of the head itself, nobody reads it. */
function assertLogits(title: string, head: Head): void {
  const { scale, byLabel, heatMaps } = head as Partial<Record<'scale' | 'byLabel' | 'heatMaps', unknown>>;
  const faults = [
    head.space !== 'logits' && `its "apply" gives ${head.space} without a scale`,
    scale !== undefined && scale !== 1 && `its own "scale" of ${String(scale)} is not read`,
    byLabel !== undefined && 'its own "byLabel" is not read',
    heatMaps !== undefined && 'its own "heatMaps" is not read',
  ];
  if (faults.some(Boolean)) throw contractError(title, faults);
}

/** Not `instanceof`: this package does not load TensorFlow.js. */
const isSymbolic = (value: unknown): value is SymbolicTensor => isRecord(value) && 'sourceLayer' in value;

const contractError = (title: string, faults: readonly (string | false)[]): PartError =>
  new PartError('part/contract', `The ${title} breaks its contract: ${faults.filter(Boolean).join('; ')}.`, {
    hint: 'Its "apply" must give { outputs, scale } and, where it has them, byLabel and heatMaps: see `AppliedHead` of @polytag/core.',
  });
