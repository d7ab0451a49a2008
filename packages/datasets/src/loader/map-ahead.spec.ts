import { inGroups, mapAhead } from './map-ahead.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function* numbers(count: number, seen: number[] = []) {
  for (let i = 0; i < count; i++) {
    await turn();
    seen.push(i);
    yield i;
  }
}

it('gives results in order, whichever is ready first', async () => {
  const results: number[] = [];
  const late = async (i: number) => {
    for (let turns = 0; turns < (i * 7) % 5; turns++) await turn();
    return i * 10;
  };
  for await (const result of mapAhead(numbers(12), late, 4)) results.push(result);
  expect(results).toEqual(Array.from({ length: 12 }, (_, i) => i * 10));
});

it.each([1, 2, 5])('takes items no more than %i ahead of a slow user', async (ahead) => {
  const seen: number[] = [];
  let used = 0;
  for await (const item of mapAhead(numbers(20, seen), async (i) => i, ahead)) {
    for (let turns = 0; turns < 2 * ahead + 2; turns++) await turn();
    expect(seen).toHaveLength(Math.min(20, item + 1 + ahead));
    used++;
  }
  expect(used).toBe(20);
});

it('throws the error of a job when its turn comes, and that of the items', async () => {
  const results: number[] = [];
  const failing = async (i: number) => {
    if (i === 2) throw new Error('job 2');
    return i;
  };
  const run = async (items: AsyncIterable<number>, start: (i: number) => Promise<number>) => {
    for await (const result of mapAhead(items, start, 3)) results.push(result);
  };
  await expect(run(numbers(9), failing)).rejects.toThrow('job 2');
  async function* broken() {
    yield 5;
    throw new Error('no more');
  }
  await expect(run(broken(), async (i) => i)).rejects.toThrow('no more');
  expect(results).toEqual([0, 1, 5]);
});

it('ends the items, and leaves no job under way, when its user leaves', async () => {
  let ended = false;
  let running = 0;
  async function* items() {
    try {
      for (;;) yield 0;
    } finally {
      ended = true;
    }
  }
  const job = async () => {
    running++;
    await turn();
    running--;
  };
  for await (const result of mapAhead(items(), job, 3)) {
    expect(result).toBeUndefined();
    break;
  }
  expect([ended, running]).toEqual([true, 0]);
});

it('groups items', async () => {
  const groups: number[][] = [];
  for await (const group of inGroups(numbers(7), 3)) groups.push(group);
  const more: number[][] = [];
  for await (const group of inGroups(numbers(7), 3, [1, 2])) more.push(group);
  expect(more).toEqual([[0], [1, 2], [3, 4, 5], [6]]);
  expect(groups).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
});
