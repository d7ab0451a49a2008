import type { LabelFile } from '../label-file/parse-label-file.js';
import type { LabelFileWriter } from '../label-file-writer.js';

/**
 * `jsonl`: one object per line with `file_name` and `labels`, as Hugging Face reads it. Unknown labels are listed under
 * `unknown`. If most are unknown, the line has `"unlisted": "unknown"` and lists the `absent` ones. The first line
 * lists the labels that no other line names.
 */
export const jsonlWriter: LabelFileWriter = {
  name: 'jsonl',
  paths: 'file',
  write(file) {
    const unknown = file.images.reduce((sum, [, , more]) => sum + (more?.unknown?.length ?? 0), 0);
    const mostUnknown = 2 * unknown > file.images.length * file.classes.length;
    const rows = file.images.map((image) => rowOf(image, file, mostUnknown));
    nameTheRest(rows[0], rows, file);
    return {
      text: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
      lost: [],
      options: (path) => `--file ${path}`,
    };
  },
};

type Labels = LabelFile['classes'];

interface Row {
  readonly file_name: string;
  readonly labels: Labels;
  unlisted?: 'unknown';
  absent?: Labels;
  unknown?: Labels;
}

function rowOf(
  [path, labels, more]: LabelFile['images'][number],
  { classes }: LabelFile,
  mostUnknown: boolean,
): Row {
  const unknown = more?.unknown ?? [];
  const row: Row = { file_name: path, labels };
  if (unknown.length === 0) return row;
  if (!mostUnknown) return { ...row, unknown };
  const others = new Set([...labels, ...unknown].map(String));
  return { ...row, unlisted: 'unknown', absent: classes.filter((label) => !others.has(String(label))) };
}

/** Labels that no row names: all absent, or all unknown, in the first. */
function nameTheRest(first: Row, rows: readonly Row[], { classes }: LabelFile): void {
  const named = new Set(
    rows.flatMap(({ labels, unknown = [], absent = [] }) => [...labels, ...unknown, ...absent]).map(String),
  );
  const rest = classes.filter((label) => !named.has(String(label)));
  if (rest.length === 0) return;
  if (first.unlisted === 'unknown') first.unknown = rest;
  else first.absent = [...(first.absent ?? []), ...rest];
}
