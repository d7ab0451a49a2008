import { CheckpointError } from '@polytag/core';
import type { PickleValue } from '../pickle/pickle-value.js';
import { TensorView } from './tensor-view.js';

/** Where training programs put a network's weights; the first that is there is taken (docs/method.md#checkpoint-keys). */
const CONTAINERS = ['state_dict', 'model', 'model_state', 'model_state_dict'] as const;

/** Where the weights of a file are. */
export interface StateDict {
  readonly value: PickleValue;
  /** The key that they are under, nested ones joined by a dot; undefined for the value itself. */
  readonly container?: string;
}

/**
 * The dict of weights in what a `.pth` file holds: under `state_dict`, else under `model` or another known key, else under
 * the one key that holds a dict of tensors, else the value itself.
 *
 * @param container the key to take instead, e.g. `state_dict_ema`; nested ones joined by a dot. Where there is no such dict,
 * the weights whose keys begin so
 * @throws CheckpointError `checkpoint/container` when the file has no dict there, and no such keys
 */
export function stateDictOf(value: PickleValue, source: string, container?: string): StateDict {
  if (container !== undefined) return namedContainer(value, source, container);
  if (!(value instanceof Map)) return { value };
  const known = CONTAINERS.find((name) => hasTensors(value.get(name)));
  if (known !== undefined) return { value: value.get(known)!, container: known };
  if (hasTensors(value)) return { value };
  const [only, ...others] = [...value].filter(([, inner]) => hasTensors(inner));
  return only !== undefined && others.length === 0
    ? { value: only[1], container: String(only[0]) }
    : { value };
}

/** Keys of the dicts that hold as many tensors of the same shapes as the one that was taken, at most one dict deeper. */
export function otherContainers(value: PickleValue, taken: PickleValue): readonly string[] {
  if (!(value instanceof Map) || value === taken || !hasTensors(taken)) return [];
  const shapes = shapesOf(taken);
  const found: string[] = [];
  for (const [key, inner] of value as ReadonlyMap<PickleValue, PickleValue>) {
    if (!(inner instanceof Map) || typeof key !== 'string' || inner === taken) continue;
    if (shapesOf(inner) === shapes) found.push(key);
    for (const [deeper, one] of inner as ReadonlyMap<PickleValue, PickleValue>) {
      if (typeof deeper === 'string' && one !== taken && one instanceof Map && shapesOf(one) === shapes)
        found.push(`${key}.${deeper}`);
    }
  }
  return found;
}

const hasTensors = (value: PickleValue | undefined): boolean =>
  value instanceof Map && [...value.values()].some((one) => one instanceof TensorView);

const shapesOf = (value: PickleValue): string =>
  [...(value as ReadonlyMap<PickleValue, PickleValue>).values()]
    .flatMap((one) => (one instanceof TensorView ? [`[${one.shape.join()}]`] : []))
    .join();

function namedContainer(value: PickleValue, source: string, container: string): StateDict {
  const names = container.split('.');
  let current = value;
  for (let depth = 0; depth < names.length; depth++) {
    const next = current instanceof Map ? current.get(names[depth]) : undefined;
    if (next instanceof Map) {
      current = next;
      continue;
    }
    const dict = depth === 0 ? stateDictOf(value, source).value : current;
    const items: (readonly [PickleValue, PickleValue])[] = dict instanceof Map ? [...dict] : [];
    const prefix = `${names.slice(depth).join('.')}.`;
    const begun = items.filter(([key]) => typeof key === 'string' && key.startsWith(prefix));
    if (begun.length > 0) return { value: new Map(begun), container };
    const keys = current instanceof Map ? [...current.keys()].filter((key) => typeof key === 'string') : [];
    throw noContainer(source, container, keys);
  }
  return { value: current, container };
}

/** @param keys what the file has in that place */
export function noContainer(source: string, container: string, keys: readonly string[]): CheckpointError {
  return new CheckpointError(
    'checkpoint/container',
    `${source} has no dict "${container}", and no keys that begin with "${container}.".`,
    { hint: keys.length > 0 ? `It has ${keys.slice(0, 8).join(', ')}.` : undefined },
  );
}
