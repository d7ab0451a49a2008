import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { counted, DataError, printable, shellWord } from '@polytag/core';
import { hasImageEnding } from '../image-path.js';
import { firstFew } from '../same-labels.js';

const SHEET = /\.(?:xlsx?|xlsm|ods|numbers)$/i;
const TABLE = /\.(?:csv|tsv|tab)$/i;

/**
 * Recognises what was given instead of a label file (a folder, a table, a COCO file) and returns an error whose hint
 * says how to continue. Any other error is returned unchanged.
 *
 * @param text of the file, if it could be read
 */
export async function foreignFile(path: string, error: unknown, text?: string): Promise<unknown> {
  if (!(error instanceof DataError)) return error;
  const told = (message: string, hint: string) => new DataError(error.code, message, { hint, cause: error });
  const shown = printable(path, 400);
  if (error.code === 'data/not-a-file') {
    const names = await readdir(path).catch(() => undefined);
    return names === undefined
      ? error
      : told(`${shown} is a folder, not a label file.`, hintForFolder(path, names));
  }
  if (SHEET.test(path)) {
    const csv = `${basename(path, extname(path))}.csv`;
    return told(
      `${shown} is a spreadsheet, not a label file.`,
      `Save it as CSV, then: ${prepareCsv(join(dirname(path), csv))}`,
    );
  }
  if (text === undefined)
    return TABLE.test(path)
      ? told(`${error.message}`, `${error.hint} A table needs: ${prepareCsv(path)}`)
      : error;
  const [firstLine] = text.trimStart().split(/[\r\n]/, 1);
  if (
    error.code === 'data/not-json' &&
    (TABLE.test(path) || (!/^[[{]/.test(firstLine) && /[,;\t|]/.test(firstLine)))
  ) {
    return told(`${shown} is a table, not a label file.`, `Make a label file from it: ${prepareCsv(path)}`);
  }
  if (
    error.code === 'data/label-file-format' &&
    /"annotations"\s*:/.test(text) &&
    /"categories"\s*:/.test(text)
  ) {
    const hint = `Make a label file from it: polytag-train prepare coco --from ${shellWord(dirname(path))} --train ${shellWord(basename(path))} --no-val`;
    return told(`${shown} is a COCO file, not a label file.`, hint);
  }
  return error;
}

const prepareCsv = (path: string) =>
  `polytag-train prepare csv --from ${shellWord(dirname(path))} --file ${shellWord(basename(path))}`;

function hintForFolder(path: string, names: readonly string[]): string {
  const some = (is: (name: string) => boolean) => names.filter(is).sort();
  const json = some((name) => name.endsWith('.json'));
  const tables = some((name) => TABLE.test(name) || SHEET.test(name));
  const images = some(hasImageEnding).length;
  const holds = images > 0 ? `It has ${counted(images, 'image')}. ` : '';
  if (json.length > 0)
    return `${holds}Use a label file in it: ${firstFew(json.map((name) => join(path, name)))}. If none is a label file, polytag-train prepare --from ${shellWord(path)} shows how to make one.`;
  const table = tables.find((name) => TABLE.test(name));
  if (table) return `${holds}Make a label file from its table: ${prepareCsv(join(path, table))}`;
  if (tables.length > 0)
    return `${holds}Save ${firstFew(tables)} as CSV, then: ${prepareCsv(join(path, 'labels.csv'))}`;
  return `${holds}A label file lists images and their labels; polytag-train prepare --from ${shellWord(path)} shows how to make one from folders, a table or files of other tools.`;
}
