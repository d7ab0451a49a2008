import { DataError, printable, type ClassName } from '@polytag/core';
import { parseJson } from '../parse-json.js';
import { labelFileSchema } from './label-file-schema.js';

/**
 * What a label file says. A text may say it in two ways (docs/method.md#label-file); here it is always one: a label that
 * an image neither lists nor has under `unknown` is absent.
 */
export interface LabelFile {
  readonly classes: readonly ClassName[];
  /**
   * `unknown` are labels of which nobody knows whether the image has them, all of them, also where the text has
   * `"unlisted": "unknown"`. `absent`, where the text names such, says nothing more: all others are absent.
   */
  readonly images: readonly (readonly [
    path: string,
    labels: readonly ClassName[],
    more?: { readonly unknown?: readonly ClassName[]; readonly absent?: readonly ClassName[] },
  ])[];
}

type Entry = LabelFile['images'][number];

/** An entry of a label file, without the lists that are empty. */
export function labelFileEntry(
  path: string,
  labels: readonly ClassName[],
  { unknown = [], absent = [] }: NonNullable<Entry[2]>,
): Entry {
  if (unknown.length === 0 && absent.length === 0) return [path, labels];
  return [path, labels, { ...(unknown.length > 0 && { unknown }), ...(absent.length > 0 && { absent }) }];
}

/**
 * Reads the text of a label file.
 *
 * @param source how errors name the file
 * @throws DataError `data/not-json`, with line and column where the parser tells them; `data/label-file-format` with the
 *   place in the file, also of a label that an image has in two of its lists where one is `absent`
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
