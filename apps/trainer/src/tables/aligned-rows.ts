import { printable } from '@polytag/core';

/** Rows of cells as lines of text, each column as wide as its widest cell. */
export function alignedRows(
  cells: readonly (readonly string[])[],
  align: (column: number) => 'left' | 'right',
): string[] {
  const rows = cells.map((row) => row.map((cell) => printable(cell, Infinity)));
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        align(column) === 'left' ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
}
