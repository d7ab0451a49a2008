import { basename, extname } from 'node:path';
import { DataError, isRecord, printable } from '@polytag/core';
import * as z from 'zod';
import { parseCsv } from '../formats/csv/parse-csv.js';
import { parseJson } from '../formats/parse-json.js';
import { readText } from '../formats/read-text.js';
import { firstFew } from '../formats/same-labels.js';

/** Groups of related images in a data set. */
export interface ImageGroups {
  /** Group of each image; undefined if the file has none. */
  readonly groups: readonly (string | undefined)[];
  /** Images of the file that are not in the data set, by their names in the file. */
  readonly others: readonly string[];
}

const group = z.union([z.string(), z.number()]);
/** An object is read as its pairs: `z.record` drops the key `__proto__`. */
const groupsSchema = z.preprocess(
  (content) => (isRecord(content) ? Object.entries(content) : content),
  z.array(z.tuple([z.string(), group]), {
    error: 'expected {"image": "group", …} or [["image", "group"], …]',
  }),
);

/**
 * Reads groups of related images (photographs of one series, person or place): a CSV file with the columns `image` and
 * `group` (else its first two), or a JSON object or list of pairs. Images are named as in the label file; else by
 * the end of their path, or by file name if only one has it. If several rows fit an image, those that fit best count.
 * An empty group means none.
 *
 * @throws DataError those of a text file; `data/label-file-format`; `data/not-json`; `data/duplicate-image` if an image
 * is in two groups; `data/image-ambiguous`; `data/groups-of-others` if the file has no image of the data set
 */
export async function readGroups(
  path: string,
  images: readonly { readonly name: string }[],
): Promise<ImageGroups> {
  const text = await readText(path, 'file of groups', { encodingOption: '' });
  const rows = extname(path).toLowerCase() === '.json' ? jsonRows(text, path) : csvRows(text, path);
  const { groups, others } = bestRows(rows, images, path);
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
  return content.map(([image, name]) => [image, String(name)]);
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

/** An image that a row names, and how: by its path in the label file (0), by the end of a path (1), by its file name alone (2). */
interface NamedImage {
  readonly index: number;
  readonly fit: 0 | 1 | 2;
}

/** The group that the best fitting rows give each image; rows that fit none, or less than another, are those of others. */
function bestRows(
  rows: readonly (readonly [image: string, group: string])[],
  images: readonly { readonly name: string }[],
  path: string,
): { readonly groups: (string | undefined)[]; readonly others: string[] } {
  const find = finder(images, path);
  const found = rows.map(([image]) => find(image));
  const bestOf = new Map<number, number>();
  for (const one of found)
    if (one) bestOf.set(one.index, Math.min(one.fit, bestOf.get(one.index) ?? one.fit));
  const groups = new Array<string | undefined>(images.length).fill(undefined);
  const others: string[] = [];
  rows.forEach(([image, name], row) => {
    const one = found[row];
    const group = one && groups[one.index];
    if (!one || one.fit > bestOf.get(one.index)!) others.push(image);
    else if (name === '' || group === name) return;
    else if (group === undefined) groups[one.index] = name;
    else {
      throw new DataError(
        'data/duplicate-image',
        `${path} has "${printable(image)}" in two groups, "${printable(group)}" and "${printable(name)}".`,
        { hint: 'Give each image one group; if both belong together, merge the groups.' },
      );
    }
  });
  return { groups, others };
}

const plain = (name: string) => name.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');

/**
 * Finds an image by its path in the label file, else as the only one whose path ends like the name, or whose file name it
 * has.
 *
 * @throws DataError `data/image-ambiguous` where the paths of several images end like the name: they would not stay with
 * their group
 */
function finder(
  images: readonly { readonly name: string }[],
  path: string,
): (name: string) => NamedImage | undefined {
  const names = images.map(({ name }) => plain(name));
  const byName = new Map(names.map((name, i) => [name, i]));
  /** Images by each end of their paths; −1 for several. Made for the first row that is no path of the label file. */
  let byEnd: Map<string, number> | undefined;
  const withEnd = (end: string) => {
    if (!byEnd) {
      byEnd = new Map();
      for (const [i, name] of names.entries())
        for (const one of endsOf(name)) byEnd.set(one, byEnd.has(one) ? -1 : i);
    }
    return byEnd.get(end);
  };
  return (given) => {
    const name = plain(given);
    const exact = byName.get(name);
    if (exact !== undefined) return { index: exact, fit: 0 };
    const longer = withEnd(name);
    if (longer === -1) {
      const alike = names.filter((one) => one.endsWith(`/${name}`)).map((one) => printable(one));
      throw new DataError(
        'data/image-ambiguous',
        `${path}: "${printable(given)}" matches ${alike.length} images of the label file: ${firstFew(alike)}.`,
        { hint: 'Write the path of the image as in the label file.' },
      );
    }
    if (longer !== undefined) return { index: longer, fit: 1 };
    for (const end of endsOf(name)) {
      const shorter = byName.get(end);
      if (shorter !== undefined) return { index: shorter, fit: 1 };
    }
    const same = withEnd(basename(name));
    return same === undefined || same === -1 ? undefined : { index: same, fit: 2 };
  };
}

/** What follows each slash of a path, the longest first. */
function* endsOf(path: string): Generator<string> {
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) yield path.slice(at + 1);
}
