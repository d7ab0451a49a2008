import { ISSUE_FILTERS, type Suspicion } from '@polytag/metrics';
import { columnOf, parseCsv, type CsvTable, type LabelledDataset } from '@polytag/datasets';
import { readTextFile } from '@polytag/files';

/** Columns of `issues.csv` before those of the filters. `decision` is for a person to fill in. */
const COLUMNS = ['image', 'label', 'kind', 'score', 'decision', 'probability'] as const;

/** `issues.csv`: a label that may be wrong in each line, the worst first; for each filter 1 where it takes the label for wrong. */
export function issuesCsv({ images, labels }: LabelledDataset, found: readonly Suspicion[]): string {
  const rows = found.map(({ image, index, kind, score, probability, filters }) => [
    images[image].name,
    labels.names[index],
    kind,
    ...[score, '', probability].map(String),
    ...ISSUE_FILTERS.map((filter) => (filters.includes(filter) ? '1' : '0')),
  ]);
  return [[...COLUMNS, ...ISSUE_FILTERS], ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

/** Quoted where what stands in it would be taken for more than a cell (RFC 4180). */
const cell = (text: string): string =>
  /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Read whole: a string of V8 holds half a gibibyte. */
const MAX_BYTES = 500 * 2 ** 20;

/** A CSV file with decisions, and where its columns are. */
export interface DecisionTable extends Pick<CsvTable, 'rows'> {
  readonly image: number;
  readonly label: number;
  readonly decision: number;
}

/**
 * Reads CSV with the columns `image`, `label` and `decision`.
 *
 * @throws DataError `data/label-file-format` without them, and those of `readTextFile`
 */
export async function readDecisionTable(path: string): Promise<DecisionTable> {
  const text = await readTextFile(path, { what: 'file of decisions', maxBytes: MAX_BYTES });
  const { header, rows } = parseCsv(text, path);
  const [image, label, decision] = ['image', 'label', 'decision'].map((name) => columnOf(header, name, path));
  return { rows, image, label, decision };
}
