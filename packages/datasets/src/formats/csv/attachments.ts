import type { CsvTable } from './parse-csv.js';

/** A file with its address, as Airtable exports attachments: `dog.jpg (https://…)`; several follow a comma. */
const ATTACHMENT = /\s*(\S.*?) \(https?:\/\/[^\s()]+\)(?:,|$)/gy;

/** The names of attached files; undefined where a cell is anything else. */
function attachedNames(cell: string): string[] | undefined {
  const text = cell.trim();
  if (!text.endsWith(')')) return undefined;
  const found = [...text.matchAll(ATTACHMENT)];
  const length = found.reduce((sum, [whole]) => sum + whole.length, 0);
  return found.length > 0 && length === text.length ? found.map(([, name]) => name) : undefined;
}

/** A table whose cells name attached files without their addresses; a row with several files becomes a row for each. */
export const namingAttachments = (table: CsvTable): CsvTable => ({
  ...table,
  rows: table.rows.flatMap((row) => {
    const named = row.cells.map(attachedNames);
    const column = named.findIndex((names) => names !== undefined);
    if (column < 0) return [row];
    return named[column]!.map((name) => ({ ...row, cells: row.cells.with(column, name) }));
  }),
});
