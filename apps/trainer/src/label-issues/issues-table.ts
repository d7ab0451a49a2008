import { printable } from '@polytag/core';
import { labelIssues, type ScoreTable, type Suspicion } from '@polytag/metrics';
import { alignedRows } from '../tables/aligned-rows.js';

/** Labels that are named. */
const FEW = 10;

/** How many labels may be wrong and how surely, which labels they are, and of which nothing can be said. */
export function issuesTable(
  table: ScoreTable,
  labels: readonly string[],
  found: readonly Suspicion[],
): string {
  const row = (name: string, of: readonly Suspicion[]) => {
    const extra = of.filter(({ kind }) => kind === 'extra').length;
    return [name, String(extra), String(of.length - extra)];
  };
  const likely = found.filter(({ score }) => score < 0.5);
  const rows = [
    ['labels that may be wrong', 'given, may be wrong', 'not given, may be missing'],
    row('more likely wrong than right (score below 0.5)', likely),
    row('all listed', found),
  ];
  const lines = alignedRows(rows, (column) => (column === 0 ? 'left' : 'right'));
  const most = mostSuspected(likely)
    .slice(0, FEW)
    .map(([index, count]) => `${printable(labels[index])} (${count})`);
  if (most.length > 0) lines.push(`most often wrong: ${most.join(', ')}`);
  const { oneSided } = labelIssues(table);
  if (oneSided.length > 0) {
    const named = oneSided.slice(0, FEW).map((index) => printable(labels[index]));
    const more = oneSided.length > FEW ? ` and ${oneSided.length - FEW} more` : '';
    lines.push(
      `labels that cannot be checked, because all known images have them or none: ${named.join(', ')}${more}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Labels with the number of suspected entries, most first. */
function mostSuspected(found: readonly Suspicion[]): [index: number, count: number][] {
  const counts = new Map<number, number>();
  for (const { index } of found) counts.set(index, (counts.get(index) ?? 0) + 1);
  return [...counts].sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || a - b);
}
