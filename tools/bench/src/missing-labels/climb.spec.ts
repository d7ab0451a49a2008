import { climb, type Cell } from './climb.js';

const hill =
  (top: Cell, seen: Cell[] = []) =>
  async (cell: Cell) => {
    seen.push(cell);
    return 10 - Math.abs(cell[0] - top[0]) - 2 * Math.abs(cell[1] - top[1]);
  };

it.each<[Cell, Cell]>([
  [
    [0, 0],
    [4, 5],
  ],
  [
    [2, 3],
    [0, 5],
  ],
  [
    [4, 5],
    [2, 3],
  ],
])('finds the top %j from %j, within the grid, and scores no cell twice', async (top, from) => {
  const seen: Cell[] = [];
  const { best, score, tried } = await climb([5, 6], from, hill(top, seen));
  expect([best, score]).toEqual([top, 10]);
  expect(tried.map(({ cell }) => cell)).toEqual(seen);
  expect(new Set(seen.map(String)).size).toBe(seen.length);
  expect(seen.every(([r, c]) => r >= 0 && r < 5 && c >= 0 && c < 6)).toBe(true);
});

it('stays where no neighbour is better', async () => {
  const { best, tried } = await climb([3, 3], [1, 1], async () => 0.5);
  expect(best).toEqual([1, 1]);
  expect(tried).toHaveLength(5);
});
