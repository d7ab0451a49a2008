/**
 * Starts a job for each item ahead of time, and yields the results in the order of the items. The items may be an
 * endless stream.
 *
 * @param start starts the job of an item
 * @param ahead maximum number of items running or waiting (at least 1); with the one in use, `ahead` + 1 are in memory
 */
export async function* mapAhead<Item, Result>(
  items: AsyncIterable<Item>,
  start: (item: Item) => Promise<Result>,
  ahead: number,
): AsyncGenerator<Result, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const pull = async (): Promise<{ readonly result: Result } | undefined> => {
    const next = await iterator.next();
    return next.done ? undefined : { result: await start(next.value) };
  };
  const waiting: ReturnType<typeof pull>[] = [];
  const fill = () => {
    while (waiting.length < ahead) {
      const job = pull();
      // A job that fails while an earlier one is waited for is reported when its turn comes.
      job.catch(() => {});
      waiting.push(job);
    }
  };
  try {
    for (;;) {
      fill();
      const made = await waiting.shift();
      if (!made) return;
      fill();
      yield made.result;
    }
  } finally {
    // Left early or failed: nothing that was started may outlive the loop.
    await iterator.return?.();
    await Promise.allSettled(waiting);
  }
}

/** Items in groups of `size`, the last of which may be smaller, as may be the first: their sizes are `first`. */
export async function* inGroups<Item>(
  items: AsyncIterable<Item>,
  size: number,
  first: readonly number[] = [],
): AsyncGenerator<Item[], void, undefined> {
  let group: Item[] = [];
  let made = 0;
  for await (const item of items) {
    group.push(item);
    if (group.length < (first[made] ?? size)) continue;
    yield group;
    made++;
    group = [];
  }
  if (group.length > 0) yield group;
}
