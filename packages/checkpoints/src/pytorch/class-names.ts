import type { PickleValue } from '../pickle/pickle-value.js';

/**
 * The classes that a `.pth` file says its weights are for, in their order: `idx_to_class` of Alibaba's files, index to
 * name; `classes_map` of the authors' and `class_to_idx`, name to index; a list `classes` or `class_names`. Undefined
 * when there is none, or none that names every index from 0 on once.
 */
export function classNamesOf(value: PickleValue): readonly string[] | undefined {
  if (!(value instanceof Map)) return undefined;
  const dict = value as ReadonlyMap<PickleValue, PickleValue>;
  return (
    inOrder(entriesOf(dict.get('idx_to_class'))) ??
    inOrder(turned(dict.get('classes_map'))) ??
    inOrder(turned(dict.get('class_to_idx'))) ??
    listed(dict.get('classes')) ??
    listed(dict.get('class_names'))
  );
}

type Entry = readonly [index: PickleValue, name: PickleValue];

const entriesOf = (value: PickleValue | undefined): Entry[] => (value instanceof Map ? [...value] : []);

const turned = (value: PickleValue | undefined): Entry[] =>
  entriesOf(value).map(([name, index]) => [index, name]);

const listed = (value: PickleValue | undefined): readonly string[] | undefined =>
  Array.isArray(value) ? inOrder([...(value as readonly PickleValue[]).entries()]) : undefined;

function inOrder(entries: readonly Entry[]): readonly string[] | undefined {
  const names = new Map<number, string>();
  for (const [index, name] of entries) {
    if (typeof name !== 'string' && typeof name !== 'number') return undefined;
    // A JSON file on the way turns indices into texts.
    names.set(
      typeof index === 'string' && /^\d+$/.test(index) ? Number(index) : (index as number),
      String(name),
    );
  }
  const ordered = Array.from({ length: names.size }, (_, index) => names.get(index));
  const whole = names.size > 0 && names.size === entries.length && !ordered.includes(undefined);
  return whole ? (ordered as string[]) : undefined;
}
