import { useEffect, useState } from 'preact/hooks';

/** A value that views follow. */
export class Store<Value> {
  #value: Value;
  readonly #followers = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  set(value: Value): void {
    if (value === this.#value) return;
    this.#value = value;
    for (const follower of [...this.#followers]) follower();
  }

  update(change: Partial<Value>): void {
    this.set({ ...this.#value, ...change });
  }

  follow(follower: () => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }
}

/** The value of a store; the view is drawn again when it changes. */
export function useStore<Value>(store: Store<Value>): Value {
  const [, draw] = useState(0);
  useEffect(() => store.follow(() => draw((n) => n + 1)), [store]);
  return store.value;
}
