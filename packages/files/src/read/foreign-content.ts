/** What a file is, if it is not the expected kind. */
export interface ForeignContent {
  /** Follows the name of the file: `is a web page`. */
  readonly is: string;
  /** How to get the expected file. */
  readonly hint: string;
}

const LFS = 'Fetch the file itself with `git lfs pull`.';
const UNPACK = 'Unpack it, and give the path of the file inside.';
const SAVE = 'Open it in the program that wrote it and save it as text: a table as CSV in UTF-8.';

const WORKBOOK = { is: 'is an Excel workbook', hint: SAVE };
const SPREADSHEET = { is: 'is a document of LibreOffice or Numbers', hint: SAVE };
const OFFICE = { is: 'is an Office document', hint: SAVE };
const ARCHIVE = { is: 'is an archive', hint: UNPACK };
const IMAGE = { is: 'is an image', hint: 'Check the path: this is a different kind of file.' };
const PAGE = {
  is: 'is a web page',
  hint: 'The server returned a message instead of the file: download it again.',
};

const ZIP = 'PK\x03\x04';
/** Name of the first entry of such an archive; it starts at byte 30. */
const OF_EXCEL = /^(?:\[Content_Types\]|_rels\/|xl\/|docProps\/)/;
const OF_OTHERS = /^(?:mimetypeapplication\/vnd\.oasis\.opendocument|Index\/)/;

/** First bytes of files, as Latin-1. */
const KNOWN: readonly (readonly [begins: string, content: ForeignContent])[] = [
  ['version https://git-lfs', { is: 'is a Git LFS pointer', hint: LFS }],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', OFFICE],
  ...[ZIP, '\x1f\x8b', 'BZh', '\xfd7zXZ\0', "7z\xbc\xaf'\x1c", '\x28\xb5\x2f\xfd', 'Rar!'].map(
    (begins) => [begins, ARCHIVE] as const,
  ),
  ['PAR1', { is: 'is a Parquet file', hint: 'Save it as CSV, e.g. with pandas: read_parquet(…).to_csv(…).' }],
  ['SQLite format 3\0', { is: 'is an SQLite database', hint: 'Save its table as CSV.' }],
  ['%PDF-', { is: 'is a PDF', hint: SAVE }],
  ...['\xff\xd8\xff', '\x89PNG\r\n', 'GIF8'].map((begins) => [begins, IMAGE] as const),
];

/** Number of bytes examined. */
export const FOREIGN_BYTES = 256;

/** Recognises by its first bytes a file that people mistake for text or for weights. Undefined for any other file. */
export function foreignContent(start: Uint8Array): ForeignContent | undefined {
  const length = Math.min(start.length, FOREIGN_BYTES);
  const text = Buffer.from(start.buffer, start.byteOffset, length).toString('latin1');
  if (/^\s*<(?:!doctype\s+)?html\b/i.test(text)) return PAGE;
  if (text.startsWith(ZIP) && OF_EXCEL.test(text.slice(30))) return WORKBOOK;
  if (text.startsWith(ZIP) && OF_OTHERS.test(text.slice(30))) return SPREADSHEET;
  return KNOWN.find(([begins]) => text.startsWith(begins))?.[1];
}
