export type LineFormat = 'text' | 'jsonl' | 'csv';

/** The format that the ending of a file names: `.csv`, `.jsonl`; text else, and without a file. */
export function formatOf(file: string | undefined): LineFormat {
  if (file !== undefined && /\.csv$/i.test(file)) return 'csv';
  return file !== undefined && /\.jsonl$/i.test(file) ? 'jsonl' : 'text';
}
