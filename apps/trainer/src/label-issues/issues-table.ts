import { printable } from '@polytag/core';
import { ISSUE_FILTERS, labelIssues, type ScoreTable, type Suspicion } from '@polytag/metrics';
import { alignedRows } from '../tables/aligned-rows.js';

/** Labels that are named. */
const FEW = 10;
const DEFAULT = ISSUE_FILTERS[0];

/** How many labels each filter takes for wrong, in which labels they are, and of which nothing can be said. */
export function issuesTable(
  table: ScoreTable,
  labels: readonly string[],
  found: readonly Suspicion[],
): string {
  const row = (name: string, of: readonly Suspicion[]) => {
    const extra = of.filter(({ kind }) => kind === 'extra').length;
    return [name, String(extra), String(of.length - extra)];
  };
  const rows = [
    ['taken for wrong by', 'extra', 'missing'],
    row(
      'a score below 0.5',
      found.filter(({ score }) => score < 0.5),
    ),
    ...ISSUE_FILTERS.map((filter) =>
      row(
        filter === DEFAULT ? `${filter} (default)` : filter,
        found.filter(({ filters }) => filters.includes(filter)),
      ),
    ),
  ];
  const lines = alignedRows(rows, (column) => (column === 0 ? 'left' : 'right'));
  const most = mostSuspected(found)
    .slice(0, FEW)
    .map(([index, count]) => `${printable(labels[index])} (${count})`);
  if (most.length > 0) lines.push(`most by ${DEFAULT}: ${most.join(', ')}`);
  const { oneSided } = labelIssues(table);
  if (oneSided.length > 0) {
    const named = oneSided.slice(0, FEW).map((index) => printable(labels[index]));
    const more = oneSided.length > FEW ? ` and ${oneSided.length - FEW} more` : '';
    lines.push(
      `nothing can be said of labels that all known images have, or none: ${named.join(', ')}${more}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Labels with the number of their entries that the default filter takes for wrong, most first. */
function mostSuspected(found: readonly Suspicion[]): [index: number, count: number][] {
  const counts = new Map<number, number>();
  for (const { index, filters } of found) {
    if (filters.includes(DEFAULT)) counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return [...counts].sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || a - b);
}
