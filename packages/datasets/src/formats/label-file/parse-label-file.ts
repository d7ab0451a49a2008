import { DataError, printable, type ClassName } from '@polytag/core';
import { parseJson } from '../parse-json.js';
import { labelFileSchema } from './label-file-schema.js';

/**
 * Content of a label file. The text has two forms (docs/method.md#label-file); here a label that an image neither lists
 * nor has under `unknown` is always absent.
 */
export interface LabelFile {
  readonly classes: readonly ClassName[];
  /**
   * `unknown` are all unknown labels of the image, even if the text has `"unlisted": "unknown"`. `absent`, if the text
   * has it, is redundant: all other labels are absent.
   */
  readonly images: readonly (readonly [
    path: string,
    labels: readonly ClassName[],
    more?: { readonly unknown?: readonly ClassName[]; readonly absent?: readonly ClassName[] },
  ])[];
}

type Entry = LabelFile['images'][number];

/** An entry of a label file, without empty lists. */
export function labelFileEntry(
  path: string,
  labels: readonly ClassName[],
  { unknown = [], absent = [] }: NonNullable<Entry[2]>,
): Entry {
  if (unknown.length === 0 && absent.length === 0) return [path, labels];
  return [path, labels, { ...(unknown.length > 0 && { unknown }), ...(absent.length > 0 && { absent }) }];
}

/**
 * Parses the text of a label file.
 *
 * @param source name of the file in errors
 * @throws DataError `data/not-json`, with line and column if the parser has them; `data/label-file-format` with the
 * place in the file, also for a label that an image has in two of its lists where one is `absent`
 */
export function parseLabelFile(text: string, source: string): LabelFile {
  const { classes, images, unlisted } = parseJson(
    text.startsWith('\uFEFF') ? text.slice(1) : text,
    labelFileSchema,
    {
      source,
      what: 'not a label file',
      hint: 'Expected {"classes": ["cat", …], "images": [["images/1.jpg", ["cat", …]], …]}.',
    },
  );
  images.forEach((entry, i) => refuseContradiction(entry, `${source}: images[${i}]`));
  return {
    classes,
    images: unlisted === 'unknown' ? images.map((entry) => whatIsKnown(entry, classes)) : images,
  };
}

/** The entry of a file in which what is not listed is unknown. Nearly all labels are: they are worked out when asked for, not kept. */
function whatIsKnown([path, labels, { absent = [] } = {}]: Entry, classes: readonly ClassName[]): Entry {
  return [
    path,
    labels,
    {
      ...(absent.length > 0 && { absent }),
      get unknown() {
        const known = new Set([...labels, ...absent].map(String));
        return classes.filter((label) => !known.has(String(label)));
      },
    },
  ];
}

function refuseContradiction([path, labels, more]: Entry, place: string): void {
  if (!more?.absent) return;
  const absent = new Set(more.absent.map(String));
  for (const [list, others] of [
    ['listed', labels],
    ['"unknown"', more.unknown ?? []],
  ] as const) {
    // prettier-ignore
    const both = others.find((label) => absent.has(String(label)));
    if (both === undefined) continue;
    throw new DataError(
      'data/label-file-format',
      `${place}: the label "${printable(String(both))}" of "${printable(path)}" is both ${list} and "absent".`,
      { hint: 'Keep it in one of the two lists.' },
    );
  }
}
