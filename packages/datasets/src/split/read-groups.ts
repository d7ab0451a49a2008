import { basename, extname } from 'node:path';
import { DataError, printable } from '@polytag/core';
import * as z from 'zod';
import { parseCsv } from '../formats/csv/parse-csv.js';
import { parseJson } from '../formats/parse-json.js';
import { readText } from '../formats/read-text.js';

/** Groups of related images in a data set. */
export interface ImageGroups {
  /** Group of each image; undefined if the file has none. */
  readonly groups: readonly (string | undefined)[];
  /** Images of the file that are not in the data set, by their names in the file. */
  readonly others: readonly string[];
}

const group = z.union([z.string(), z.number()]);
const groupsSchema = z.union([z.record(z.string(), group), z.array(z.tuple([z.string(), group]))], {
  error: 'expected {"image": "group", …} or [["image", "group"], …]',
});

/**
 * Reads groups of related images (photographs of one series, person or place): a CSV file with the columns `image` and
 * `group` (else its first two), or a JSON object or list of pairs. Images are named as in the label file, or by file
 * name if only one has it. An empty group means none.
 *
 * @throws DataError those of a text file; `data/label-file-format`; `data/not-json`; `data/duplicate-image` if an image
 * is in two groups; `data/groups-of-others` if the file has no image of the data set
 */
export async function readGroups(
  path: string,
  images: readonly { readonly name: string }[],
): Promise<ImageGroups> {
  const text = await readText(path, 'file of groups', { encodingOption: '' });
  const rows = extname(path).toLowerCase() === '.json' ? jsonRows(text, path) : csvRows(text, path);
  const find = finder(images);
  const groups = new Array<string | undefined>(images.length).fill(undefined);
  const others: string[] = [];
  for (const [image, name] of rows) {
    const index = find(image);
    if (index === undefined) others.push(image);
    else if (groups[index] !== undefined && groups[index] !== name) {
      throw new DataError(
        'data/duplicate-image',
        `${path} has "${printable(image)}" in two groups, "${printable(groups[index])}" and "${printable(name)}".`,
        { hint: 'Give each image one group; if both belong together, merge the groups.' },
      );
    } else if (name !== '') groups[index] = name;
  }
  if (images.length > 0 && others.length === rows.length) {
    throw new DataError('data/groups-of-others', `${path} lists no image of the label file.`, {
      hint: `Write image paths as in the label file, e.g. "${images[0].name}", in a column "image", and groups in a column "group".`,
    });
  }
  return { groups, others };
}

function jsonRows(text: string, source: string): (readonly [image: string, group: string])[] {
  const content = parseJson(text, groupsSchema, {
    source,
    what: 'not a file of groups',
    hint: 'Expected {"images/1.jpg": "group", …} or [["images/1.jpg", "group"], …].',
  });
  const rows = Array.isArray(content) ? content : Object.entries(content);
  return rows.map(([image, name]) => [image, String(name)]);
}

function csvRows(text: string, source: string): (readonly [image: string, group: string])[] {
  const { header, rows } = parseCsv(text, source);
  const named = (pattern: RegExp) => header.findIndex((name) => pattern.test(name));
  const groupAt = named(/^(group|series|cluster)(_?id)?$/i);
  const imageAt = named(/^(image|file|filename|file_name|path|image_path|image_name)$/i);
  const columns = [imageAt < 0 ? 0 : imageAt, groupAt < 0 ? 1 : groupAt] as const;
  if (header.length < 2 || columns[0] === columns[1]) {
    throw new DataError('data/label-file-format', `${source} has no columns for images and groups.`, {
      hint: 'Expected the header "image,group", then a line for each image.',
    });
  }
  return rows.map(({ cells }) => [cells[columns[0]].trim(), cells[columns[1]].trim()]);
}

/** Finds an image by its name in the label file; else by its file name, where it is the only one of that name. */
function finder(images: readonly { readonly name: string }[]): (name: string) => number | undefined {
  const plain = (name: string) => name.replaceAll('\\', '/').replace(/^\.\//, '');
  const byName = new Map(images.map(({ name }, i) => [plain(name), i]));
  const byFile = new Map<string, number | undefined>();
  images.forEach(({ name }, i) => {
    const file = basename(plain(name));
    byFile.set(file, byFile.has(file) ? undefined : i);
  });
  return (name) => byName.get(plain(name)) ?? byFile.get(basename(plain(name)));
}
