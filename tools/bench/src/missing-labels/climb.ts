/** A place on a grid: row, column. */
export type Cell = readonly [number, number];

export interface Climbed {
  readonly best: Cell;
  readonly score: number;
  /** All cells that were scored, in order. */
  readonly tried: readonly { readonly cell: Cell; readonly score: number }[];
}

/**
 * The highest score of a grid, by steps to the best of four neighbours until none is better: fewer cells than all of them,
 * and the grid may be wide enough that its best does not lie on an edge. No cell is scored twice.
 *
 * @param size rows and columns
 * @param from where to begin
 */
export async function climb(
  [rows, columns]: readonly [number, number],
  from: Cell,
  scoreOf: (cell: Cell) => Promise<number>,
): Promise<Climbed> {
  const tried: { cell: Cell; score: number }[] = [];
  const score = async (cell: Cell) => {
    const known = tried.find((one) => one.cell[0] === cell[0] && one.cell[1] === cell[1]);
    if (known) return known;
    const made = { cell, score: await scoreOf(cell) };
    tried.push(made);
    return made;
  };
  let best = await score(from);
  for (;;) {
    const [row, column] = best.cell;
    const steps: Cell[] = [
      [row - 1, column],
      [row + 1, column],
      [row, column - 1],
      [row, column + 1],
    ];
    let next = best;
    for (const cell of steps.filter(([r, c]) => r >= 0 && r < rows && c >= 0 && c < columns)) {
      const one = await score(cell);
      if (one.score > next.score) next = one;
    }
    if (next === best) return { best: best.cell, score: best.score, tried };
    best = next;
  }
}
