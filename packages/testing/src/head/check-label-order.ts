import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { AppliedHead } from '@polytag/core';
import { assignParameters, exportParameters, parametersOf } from '@polytag/layers';
import { firstDifference } from '../rules/compare.js';
import type { Demand } from '../rules/conformance-error.js';
import { run } from '../rules/network.js';

/**
 * Every weight whose shape depends on the number of labels is one that `byLabel` puts in order: without, weights of another
 * order of the labels cannot be read.
 *
 * @param more the network for one label more
 */
export function checkByLabel(
  { byLabel }: AppliedHead,
  network: LayersModel,
  more: LayersModel,
  demand: Demand,
): void {
  const shapes = new Map(parametersOf(more).map(({ key, variable }) => [key, String(variable.shape)]));
  for (const { key, variable } of parametersOf(network)) {
    const depends = shapes.get(key) !== String(variable.shape);
    demand(
      'label-order',
      !depends || byLabel?.(key) !== undefined,
      () =>
        `the shape of "${key}" depends on the labels, and byLabel ${byLabel ? 'gives nothing for it' : 'is missing'}: give alongAxes of @polytag/layers, or check with { byLabel: 'none' }`,
    );
  }
}

/**
 * With its weights in the reverse order of the labels, a network gives its outputs in reverse. A head that does not say
 * how its weights follow the labels, or whose groups cannot take that order, is not checked.
 */
export async function checkLabelOrder(
  { byLabel }: AppliedHead,
  network: LayersModel,
  input: Tensor,
  labels: number,
  demand: Demand,
): Promise<void> {
  if (!byLabel) return;
  const parameters = parametersOf(network);
  const state = await exportParameters(parameters);
  const order = Array.from({ length: labels }, (_, i) => labels - 1 - i);
  const reversed = new Map(state);
  for (const [key, stored] of state) {
    const reorder = byLabel(key);
    if (!reorder) continue;
    const data = reorder(stored, order);
    if (!data) return;
    demand(
      'label-order',
      data.length === stored.data.length,
      () => `${data.length} values of "${key}" instead of ${stored.data.length}`,
    );
    reversed.set(key, { ...stored, data });
  }
  const before = await run(network, input);
  assignParameters(parameters, (key) => reversed.get(key));
  const after = await run(network, input);
  assignParameters(parameters, (key) => state.get(key));
  const expected = before.map((_, i) => before[i - (i % labels) + order[i % labels]]);
  const difference = firstDifference(after, expected);
  demand(
    'label-order',
    difference === undefined,
    () => `with the weights of the labels in reverse order, ${difference}`,
  );
}
