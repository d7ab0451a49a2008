import { openCheckpoint } from '@polytag/checkpoints';
import { CheckpointError } from '@polytag/core';
import { assignParameters } from '@polytag/layers';
import type { MultiLabelModel } from '../multi-label-model.js';
import { matchKeys } from './match-keys.js';
import { listed, refuseMisfits } from './misfit.js';

export interface LoadWeightsOptions {
  /**
   * What must be in the file: every parameter of the `backbone` (default; what else fits is taken too, e.g. for
   * fine-tuning with other labels), or of the whole model (`all`).
   */
  readonly expect?: 'backbone' | 'all';
  /**
   * Where a `.pth` file keeps the weights, e.g. `state_dict_ema`. Default: `state_dict`, else `model`, else the whole
   * file (method section 3.6).
   */
  readonly container?: string;
}

export interface LoadedWeights {
  /** Keys of the model that got their values. */
  readonly matched: readonly string[];
  /** Keys of the model that keep theirs: the file does not have them, or not in their shape. */
  readonly missing: readonly string[];
  /** Tensors of the file that were not used, e.g. a classifier of other classes. */
  readonly discarded: readonly { readonly key: string; readonly shape: readonly number[] }[];
}

/**
 * Starts a model from published weights: a `.pth`, `.safetensors` or `.npz` file with the keys of torchvision, timm,
 * Alibaba or the authors, with or without the prefixes `nncf_module.`, `module.`, `model.` and `backbone.`. Nothing is
 * changed when they do not fit.
 *
 * @throws CheckpointError `checkpoint/no-match` when no tensor fits, `checkpoint/shape-mismatch` and
 * `checkpoint/missing-key` when an expected one does not, `checkpoint/values` when a layer cannot have the values
 * published under its alias, and those of `openCheckpoint`
 */
export async function loadWeights(
  model: MultiLabelModel,
  path: string,
  { expect = 'backbone', container }: LoadWeightsOptions = {},
): Promise<LoadedWeights> {
  const file = await openCheckpoint(path, { container });
  try {
    const { matched, mismatched, missing, unused } = matchKeys(model.parameters, file.entries);
    const expected = (key: string) => expect === 'all' || model.isBackboneKey(key);
    if (matched.size === 0) {
      throw new CheckpointError('checkpoint/no-match', `${path}: no tensor fits the model.`, {
        hint: `It has ${listed([...file.entries.keys()])}; the model needs ${listed(model.parameters.map(({ key }) => key))}.`,
      });
    }
    refuseMisfits(path, model.labels.size, {
      missing: missing.filter(expected),
      mismatched: mismatched.filter(({ key }) => expected(key)),
    });
    const read = async (key: string) => {
      const { storedKey, convert } = matched.get(key)!;
      const { shape, data } = await file.read(storedKey);
      const values = data instanceof BigInt64Array ? Array.from(data, Number) : data;
      return { shape, data: convert?.(values) ?? values };
    };
    // A conversion may refuse its values: all are made before anything is changed.
    const converted = new Map<string, Awaited<ReturnType<typeof read>>>();
    for (const [key, { convert }] of matched) if (convert) converted.set(key, await read(key));
    for (const parameter of model.parameters) {
      const { key } = parameter;
      if (!matched.has(key)) continue;
      const value = converted.get(key) ?? (await read(key));
      assignParameters([parameter], () => value);
    }
    const discarded = [...unused, ...mismatched.map(({ storedKey }) => storedKey)];
    return {
      matched: [...matched.keys()],
      missing: [...missing, ...mismatched.map(({ key }) => key)],
      discarded: discarded.map((key) => ({ key, shape: file.entries.get(key)!.shape })),
    };
  } finally {
    await file.close();
  }
}
