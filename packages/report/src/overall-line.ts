import { percent } from './figures.js';
import type { SummaryScores } from './evaluation-report.js';
import { fit } from './text-width.js';

/** A terminal's line of what all decisions of one kind come to. */
export const overallLine = (
  name: string,
  { CF1, OF1, OP, OR }: Pick<SummaryScores, 'CF1' | 'OF1' | 'OP' | 'OR'>,
): string =>
  `${fit(name, 16)}CF1 ${percent(CF1)}   OF1 ${percent(OF1)}   OP ${percent(OP)}   OR ${percent(OR)}`;
