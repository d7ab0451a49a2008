import { PickledUnread, type PickleValue } from './pickle-value.js';

/** Marks the start of a group. */
const MARK = Symbol('mark');

/** The stack of the pickle machine: values, and marks that start a group. Throws an Error if a value is missing. */
export class PickleStack {
  readonly #values: (PickleValue | typeof MARK)[] = [];

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  push(value: PickleValue): void {
    this.#values.push(value);
  }

  mark(): void {
    this.#values.push(MARK);
  }

  pop(): PickleValue {
    const value = this.#values.pop();
    if (value === undefined || value === MARK) throw new Error('a value is missing');
    return value as PickleValue;
  }

  /** Pops several values, in the order in which they were pushed. */
  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  /** Pops the values since the last mark, and the mark. */
  popMarked(): PickleValue[] {
    const at = this.#values.lastIndexOf(MARK);
    if (at < 0) throw new Error('a mark is missing');
    const values = this.#values.splice(at) as PickleValue[];
    values.shift();
    return values;
  }

  /** Pops a value or a mark. */
  discard(): void {
    this.#values.pop();
  }

  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  /** Adds elements to the list on top. */
  append(values: readonly PickleValue[]): void {
    const list = this.top();
    if (list instanceof PickledUnread) return;
    if (!Array.isArray(list)) throw new Error('an element is added to something that is not a list');
    for (const value of values) list.push(value);
  }

  /** Adds keys and values, in turn, to the dict on top. */
  setItems(values: readonly PickleValue[]): void {
    const dict = this.top();
    if (dict instanceof PickledUnread) return;
    if (!(dict instanceof Map)) throw new Error('an item is added to something that is not a dict');
    withItems(dict, values);
  }
}

/** A dict with keys and values, in turn, added to it. */
export function withItems(
  dict: Map<PickleValue, PickleValue>,
  values: readonly PickleValue[],
): Map<PickleValue, PickleValue> {
  if (values.length % 2 !== 0) throw new Error('a key has no value');
  for (let i = 0; i < values.length; i += 2) dict.set(values[i], values[i + 1]);
  return dict;
}
