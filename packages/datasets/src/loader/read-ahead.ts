/**
 * Starts jobs before they are asked for and gives their results in order.
 *
 * @param start begins job n
 * @param from the first job
 * @param to one past the last job
 * @param ahead the most results that are under way or waiting (at least 1); with the one its user holds, `ahead` + 1
 *   are in memory
 */
export async function* readAhead<Result>(
  start: (job: number) => Promise<Result>,
  from: number,
  to: number,
  ahead: number,
): AsyncGenerator<Result, void, undefined> {
  const waiting: Promise<Result>[] = [];
  let next = from;
  const fill = () => {
    while (waiting.length < ahead && next < to) {
      const job = start(next++);
      // A job that fails while an earlier one is waited for is reported when its turn comes.
      job.catch(() => {});
      waiting.push(job);
    }
  };
  try {
    for (fill(); waiting.length > 0;) {
      const result = await waiting.shift()!;
      fill();
      yield result;
    }
  } finally {
    // Left early or failed: nothing that was started may outlive the loop.
    await Promise.allSettled(waiting);
  }
}
