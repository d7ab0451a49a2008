import type { StoredParameterValues } from '@polytag/core';
import { assignParameters, exportParameters } from '@polytag/layers';
import type { MultiLabelModel } from '../multi-label-model.js';

/** Labels of a model whose head continues another one. */
export interface ContinuedHead {
  /** Labels that both models have: they begin with the weights of the other model. */
  readonly carried: readonly string[];
  /** Labels that only this model has: their weights stay as they were initialised. */
  readonly added: readonly string[];
}

/**
 * Starts the head of a model with the weights of another model's head, so that labels can be added to a trained head. Weights
 * that do not depend on the labels are copied whole.
 *
 * @param model has the same backbone, and the labels that it is to learn
 * @returns undefined, with the model unchanged, when the heads are of another kind or shape or have no label in common, or when the head cannot
 * take other labels (ML-Decoder, whose labels share queries; a head without `byLabel`)
 */
export async function continueHead(
  model: MultiLabelModel,
  from: MultiLabelModel,
): Promise<ContinuedHead | undefined> {
  if (!sameHead(model, from)) return undefined;
  const order = model.labels.names.map((name) => from.labels.indexOf(name) ?? -1);
  const carried = model.labels.names.filter((_, k) => order[k] >= 0);
  if (carried.length === 0) return undefined;
  const [own, other] = await Promise.all([headWeights(model), headWeights(from)]);
  const started = new Map<string, StoredParameterValues>();
  for (const [key, { shape, data }] of own) {
    const stored = other.get(key);
    const reorder = model.byLabel!(key);
    const values = stored && (reorder ? reorder(stored, order) : stored.data);
    if (values?.length !== data.length) return undefined;
    // Where a label is new, the file of ones has 0.
    const isCarried = reorder?.({ ...stored!, data: new Float32Array(stored!.data.length).fill(1) }, order);
    started.set(key, { shape, data: data.map((one, i) => (isCarried?.[i] === 0 ? one : values[i])) });
  }
  assignParameters(
    model.parameters.filter(({ key }) => started.has(key)),
    (key) => started.get(key),
  );
  return { carried, added: model.labels.names.filter((_, k) => order[k] < 0) };
}

function sameHead(model: MultiLabelModel, from: MultiLabelModel): boolean {
  const [one, other] = [model.parts.head, from.parts.head];
  return (
    model.byLabel !== undefined &&
    one.definition.name === other.definition.name &&
    one.module === other.module &&
    model.outputSpace === from.outputSpace
  );
}

const headWeights = (model: MultiLabelModel) =>
  exportParameters(model.parameters.filter(({ key }) => !model.isBackboneKey(key)));
