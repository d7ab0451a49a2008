import { basename, dirname, extname, join } from 'node:path';
import { DataError, type ClassName } from '@polytag/core';
import * as z from 'zod';
import { flagOf } from '../csv/flag.js';
import { ImageAddresses } from '../image-address.js';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { parseJson } from '../parse-json.js';
import { readText } from '../read-text.js';
import { SplitBuilder } from '../split-builder.js';
import { usualSplit } from '../usual-split.js';

export interface DatumaroOptions extends SplitReaderOptions {
  /**
   * Folder of the images, which are in it or in its `images/SUBSET/`, `images/` or `SUBSET/` (default: the folder above
   * that of the files).
   */
  readonly images?: string;
  /** Whether labels of boxes, polygons and other objects count, as well as those of images. Default `keep`. */
  readonly objects?: 'keep' | 'ignore';
}

const HINT =
  'Expected {"categories": {"label": {"labels": [{"name": "cat"}, …]}}, "items": [{"id": "1", "annotations": [{"type": "label", "label_id": 0}]}]}.';

const name = z.string({ error: 'expected a name' }).min(1, { error: 'expected a name' });
const label = z.union([name.transform((text) => ({ name: text })), z.object({ name })], {
  error: 'expected {"name": …}',
});
/** A number, or text with one. */
const labelId = z.union(
  [
    z.int(),
    z
      .string()
      .trim()
      .regex(/^[+-]?\d+(?:\.0+)?$/)
      .transform(Number),
  ],
  {
    error: 'expected the number of a label',
  },
);
const annotation = z.object({ type: z.string().nullish(), label_id: labelId.nullish() });
const media = z.object({ path: z.string().nullish() }).nullish();
const item = z.object({
  id: z.union([z.string(), z.int().transform(String)], { error: 'expected a text or a number' }),
  annotations: z.array(annotation, { error: 'expected a list' }).nullish(),
  attr: z.record(z.string(), z.unknown()).nullish(),
  image: media,
  media,
});
const datumaroFile = z.object({
  categories: z.object({ label: z.object({ labels: z.array(label) }) }),
  items: z.array(item, { error: 'expected a list' }),
});

type Item = z.output<typeof item>;

/**
 * Reads Datumaro's JSON, as exported by Geti and OTX: `annotations/SUBSET.json`, each with all categories. Labels of
 * images count, and those of objects, once each. For an item without annotations, Geti's `has_empty_label` tells
 * whether it is known to have no label; if it is false, the item is left out. Images are found by their path, or else
 * by the id of the item.
 *
 * @param files one per split; `training`, `validation` and similar names become `train` and `val`
 * @throws DataError `data/file-missing`, `data/not-json`, `data/label-file-format`, `data/unknown-label`, and those of
 *   `SplitBuilder` and `checkSplits`
 */
export async function readDatumaro(
  files: readonly string[],
  options: DatumaroOptions = {},
): Promise<readonly LabelledSplit[]> {
  const { onProgress } = options;
  const root = options.images ?? join(dirname(files[0]), '..');
  const elsewhere = lazily(() => ImageAddresses.below(root));
  const splits: LabelledSplit[] = [];
  for (const [i, source] of files.entries()) {
    splits.push(await readFile(source, root, elsewhere, options));
    onProgress?.(i + 1, files.length);
  }
  return checkSplits(splits);
}

async function readFile(
  source: string,
  root: string,
  elsewhere: () => Promise<ImageAddresses>,
  { objects = 'keep', skipMissing, encoding, onNote }: DatumaroOptions,
): Promise<LabelledSplit> {
  const text = await readText(source, 'file of Datumaro', { encoding });
  const { categories, items } = parseJson(text, datumaroFile, {
    source,
    what: 'not a file of Datumaro',
    hint: HINT,
  });
  const names = categories.label.labels.map(({ name }) => name);
  const subset = basename(source, extname(source));
  const builder = new SplitBuilder(usualSplit(subset) ?? subset, source, root);
  for (const [i, one] of items.entries()) {
    const labels = labelsOf(one, names, objects, `${source}: items[${i}]`);
    if (labels.length === 0 && flagOf(String(one.attr?.['has_empty_label'] ?? '')) === 'absent') {
      builder.leaveOut('images without annotations');
      continue;
    }
    builder.add(await imageOf(one, `${source}: items[${i}]`, elsewhere), labels, `items[${i}]`);
  }
  const classes: ClassName[] = [...new Set(names)].sort();
  return builder.finish({
    classes,
    folders: [`images/${subset}`, 'images', subset, ''],
    skipMissing,
    onNote,
  });
}

function labelsOf(
  { annotations }: Item,
  names: readonly string[],
  objects: DatumaroOptions['objects'],
  place: string,
): string[] {
  return (annotations ?? []).flatMap(({ type, label_id: id }, i) => {
    if (id === null || id === undefined || (objects === 'ignore' && (type ?? 'label') !== 'label')) return [];
    if (id >= 0 && id < names.length) return [names[id]];
    throw new DataError(
      'data/unknown-label',
      `${place}.annotations[${i}] has the label_id ${id}, but there are ${names.length} labels.`,
      { hint: 'Check that "categories" is complete, or remove the annotation.' },
    );
  });
}

/**
 * The path of an item's image; or its id, which is the path without extension. A path outside is matched by its end.
 */
async function imageOf(
  { id, image, media }: Item,
  place: string,
  elsewhere: () => Promise<ImageAddresses>,
): Promise<string> {
  const path = image?.path || media?.path || id;
  if (!/^(?:[/\\]|[a-z]:|[a-z][\w+.-]*:\/\/)|(?:^|[/\\])\.\.(?:[/\\]|$)/i.test(path)) return path;
  return (await elsewhere()).find(path, place) ?? path;
}

function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}
