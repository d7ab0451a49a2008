import { CheckpointError } from '@polytag/core';
import type { PickleValue } from '../pickle/pickle-value.js';
import { TensorView } from './tensor-view.js';

/** Where training programs put a network's weights; the first that is there is taken (method section 3.6). */
const CONTAINERS = ['state_dict', 'model', 'model_state', 'model_state_dict'] as const;

/**
 * The dict of weights in what a `.pth` file holds: under `state_dict`, else under `model` or another known key, else under
 * the one key that holds a dict of tensors, else the value itself.
 *
 * @param container the key to take instead, e.g. `state_dict_ema`; nested ones joined by a dot
 * @throws CheckpointError `checkpoint/container` when the file has no dict there
 */
export function stateDictOf(value: PickleValue, source: string, container?: string): PickleValue {
  if (container !== undefined) return namedContainer(value, source, container);
  if (!(value instanceof Map)) return value;
  const inner = CONTAINERS.map((name) => value.get(name)).find(hasTensors);
  if (inner !== undefined) return inner;
  if (hasTensors(value)) return value;
  const [only, ...others] = [...value.values()].filter(hasTensors);
  return only !== undefined && others.length === 0 ? only : value;
}

const hasTensors = (value: PickleValue | undefined): boolean =>
  value instanceof Map && [...value.values()].some((one) => one instanceof TensorView);

function namedContainer(value: PickleValue, source: string, container: string): PickleValue {
  let current: PickleValue | undefined = value;
  for (const key of container.split('.')) {
    const keys: string[] = current instanceof Map ? [...current.keys()].map(String) : [];
    current = current instanceof Map ? current.get(key) : undefined;
    if (current instanceof Map) continue;
    throw new CheckpointError('checkpoint/container', `${source} has no dict "${container}".`, {
      hint: keys.length > 0 ? `It has ${keys.slice(0, 8).join(', ')}.` : undefined,
    });
  }
  return current as PickleValue;
}
