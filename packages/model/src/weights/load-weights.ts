import { openCheckpoint, refusedGlobal, type Checkpoint } from '@polytag/checkpoints';
import { CheckpointError, type LabelReordering, type StoredParameterValues } from '@polytag/core';
import { assignParameters } from '@polytag/layers';
import type { MultiLabelModel } from '../multi-label-model.js';
import { compareClasses, labelsBeside, refuseOtherClasses, type ClassRelation } from './label-order.js';
import { fittingLayout, otherLayout } from './other-layout.js';
import { matchKeys, type StoredParameter } from './match-keys.js';
import { listed, refuseMisfits } from './misfit.js';
import { otherNetworks } from './other-networks.js';

export interface LoadWeightsOptions {
  /**
   * What the file must contain: all parameters of the `backbone` (default; other matching ones are loaded too, e.g. for
   * fine-tuning with other labels), or of the whole model (`all`).
   */
  readonly expect?: 'backbone' | 'all';
  /**
   * Where the weights are in the file, e.g. `state_dict_ema`: the key of a dict in a `.pth` file, or a prefix of the
   * keys in any file. Default: `state_dict`, else `model`, else the whole file (docs/method.md#checkpoint-keys).
   */
  readonly container?: string;
  /**
   * Names of the file's classes in its order, if the file does not list them or spells them differently. `sorted`: the
   * model's labels in their order. Default: from the file, or from the `config.json` beside it.
   */
  readonly classNames?: readonly string[] | 'sorted';
  /** Place of the model in the config, for hints, e.g. `mutual.models.0`. Default `model`. */
  readonly place?: string;
}

export interface LoadedWeights {
  /** Keys of the model that were loaded. */
  readonly matched: readonly string[];
  /** Keys of the model that were not loaded: missing in the file, or with another shape. */
  readonly missing: readonly string[];
  /** Tensors of the file that were not used, e.g. a classifier for other classes. */
  readonly discarded: readonly { readonly key: string; readonly shape: readonly number[] }[];
  /**
   * Relation of the file's classes to the model's labels, if the file has matching head weights. `grouped`: the same
   * labels in an order that the head's groups cannot take. Only `same` and `reordered` weights were loaded.
   */
  readonly classes?: ClassRelation | 'grouped';
  /**
   * If the file has these weights several times, e.g. teacher and student: the ones loaded, and the others. Each is a
   * value for `container`; an empty string is the whole file. Undefined if the file has them once, or `container` was
   * given.
   */
  readonly networks?: { readonly taken: string; readonly others: readonly string[] };
}

/**
 * Loads published weights into a model: a `.pth`, `.safetensors` or `.npz` file with the keys of torchvision, timm,
 * Alibaba or the authors, with or without a prefix (`module.`, `_orig_mod.`, `model_ema.` or any other; see
 * `matchKeys`). If they do not fit, the model is not changed.
 *
 * Weights that belong to single labels are reordered to the model's labels. They are loaded only if the file is known
 * to be for the same labels: equal shapes do not mean equal labels.
 *
 * @throws CheckpointError `checkpoint/other-layout` if the keys are those of another layout of the backbone,
 * `checkpoint/no-match` if no tensor fits, `checkpoint/shape-mismatch` and `checkpoint/missing-key` if an expected one
 * does not, `checkpoint/unknown-labels`, `checkpoint/other-labels` and `checkpoint/label-order` if all are expected and
 * the labels differ, `checkpoint/values` if a layer cannot take the values published under its alias, and those of
 * `openCheckpoint`
 * @example
 * const { matched, missing } = await loadWeights(model, 'mobilenet_v3_small.pth');
 */
export async function loadWeights(
  model: MultiLabelModel,
  path: string,
  { expect = 'backbone', container, classNames: stated, place = 'model' }: LoadWeightsOptions = {},
): Promise<LoadedWeights> {
  const file = await openCheckpoint(path, { container });
  try {
    const expected = (key: string) => expect === 'all' || model.isBackboneKey(key);
    const { matched, mismatched, missing, unused } = matchKeys(model.parameters, file.entries, (key) =>
      model.isBackboneKey(key),
    );
    const fits = matched.size > 0 && !missing.some(expected) && !mismatched.some(({ key }) => expected(key));
    const [maker] = file.unread?.values() ?? [];
    if (maker !== undefined && (matched.size === 0 || missing.some(expected)))
      throw refusedGlobal(path, maker);
    const layout = fits ? undefined : await fittingLayout(model, file.entries);
    if (layout !== undefined) throw otherLayout(path, model, layout, place);
    if (matched.size === 0) {
      throw new CheckpointError('checkpoint/no-match', `${path}: no tensor matches the model.`, {
        hint: `It has ${listed([...file.entries.keys()])}; the model needs ${listed(model.parameters.map(({ key }) => key))}.`,
      });
    }
    refuseMisfits(path, model.labels.size, {
      missing: missing.filter(expected),
      mismatched: mismatched.filter(({ key }) => expected(key)),
    });
    const byLabel = new Map(
      [...matched.keys()].flatMap((key) => {
        const reorder = reorderingOf(model, key);
        return reorder ? [[key, reorder] as const] : [];
      }),
    );
    const classNames =
      stated === 'sorted' ? model.labels.names : (stated ?? file.classNames ?? (await labelsBeside(path)));
    if (expect === 'all' && byLabel.size > 0) refuseOtherClasses(path, model.labels, classNames, place);
    const { relation, order } = compareClasses(model.labels, classNames);

    const read = async (key: string): Promise<StoredParameterValues> => {
      const { storedKey, more = [], convert } = matched.get(key)!;
      const pieces: StoredParameterValues[] = [];
      for (const one of [storedKey, ...more]) {
        const { shape, data } = await file.read(one);
        pieces.push({ shape, data: data instanceof BigInt64Array ? Array.from(data, Number) : data });
      }
      const { shape, data } = joined(pieces);
      return { shape, data: convert?.(data) ?? data };
    };
    // A conversion may refuse its values: all are made before anything is changed.
    const changed = new Map<string, StoredParameterValues>();
    for (const [key, { convert }] of matched) if (convert) changed.set(key, await read(key));
    let classes: LoadedWeights['classes'] = byLabel.size > 0 ? relation : undefined;
    if (classes === 'reordered') {
      const reordered = await inOrder(byLabel, order!, async (key) => changed.get(key) ?? (await read(key)));
      if (!reordered && expect === 'all') throw cannotReorder(path, model.head.name, place);
      if (!reordered) classes = 'grouped';
      reordered?.forEach((values, key) => changed.set(key, values));
    }
    const leftOut = classes === 'same' || classes === 'reordered' ? [] : [...byLabel.keys()];

    const used = new Set(matched.keys());
    leftOut.forEach((key) => used.delete(key));
    for (const parameter of model.parameters) {
      const { key } = parameter;
      if (!used.has(key)) continue;
      const value = changed.get(key) ?? (await read(key));
      assignParameters([parameter], () => value);
    }
    const discarded = [
      ...unused,
      ...mismatched.map(({ storedKey }) => storedKey),
      ...leftOut.map((key) => matched.get(key)!.storedKey),
    ];
    return {
      matched: [...used],
      missing: [...missing, ...mismatched.map(({ key }) => key), ...leftOut],
      discarded: discarded.map((key) => ({ key, shape: file.entries.get(key)!.shape })),
      classes,
      networks: container === undefined ? networksIn(file, model, matched) : undefined,
    };
  } finally {
    await file.close();
  }
}

function networksIn(
  file: Checkpoint,
  model: MultiLabelModel,
  matched: ReadonlyMap<string, StoredParameter>,
): LoadedWeights['networks'] {
  const backbone = model.parameters.filter(({ key }) => model.isBackboneKey(key));
  const { taken, others } = otherNetworks(backbone, matched, file.entries);
  const inside = (prefix: string) => [file.container, prefix].filter(Boolean).join('.');
  const all = [...(file.otherContainers ?? []), ...others.map(inside)];
  return all.length > 0 ? { taken: inside(taken), others: all } : undefined;
}

/** Tensors one after the other along the first axis. */
function joined(pieces: readonly StoredParameterValues[]): StoredParameterValues {
  const [first, ...others] = pieces;
  if (others.length === 0) return first;
  const rows = pieces.reduce((sum, { shape }) => sum + shape[0], 0);
  const data = new Float32Array(pieces.reduce((sum, one) => sum + one.data.length, 0));
  let at = 0;
  for (const one of pieces) {
    data.set(one.data, at);
    at += one.data.length;
  }
  return { shape: [rows, ...first.shape.slice(1)], data };
}

/** How a parameter follows the labels. Of a head that does not say it, any may depend on them. */
function reorderingOf(model: MultiLabelModel, key: string): LabelReordering | undefined {
  if (model.isBackboneKey(key)) return undefined;
  return model.byLabel ? model.byLabel(key) : () => undefined;
}

/** The weights that belong to a label each, in the order of the model's; undefined when one cannot have that order. */
async function inOrder(
  byLabel: ReadonlyMap<string, LabelReordering>,
  order: readonly number[],
  read: (key: string) => Promise<StoredParameterValues>,
): Promise<ReadonlyMap<string, StoredParameterValues> | undefined> {
  const values = new Map<string, StoredParameterValues>();
  for (const [key, reorder] of byLabel) {
    const stored = await read(key);
    const data = reorder(stored, order);
    if (!data) return undefined;
    values.set(key, { shape: stored.shape, data });
  }
  return values;
}

function cannotReorder(path: string, head: string, place: string): CheckpointError {
  return new CheckpointError(
    'checkpoint/label-order',
    `The head "${head}" cannot reorder its weights to the label order of ${path}.`,
    {
      hint: `Labels that share a query differ between the two, or the head does not define how its weights depend on the labels. Load the backbone only: --set ${place}.expectWeights=backbone`,
    },
  );
}
