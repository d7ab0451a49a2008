import { basename } from 'node:path';
import { DataError } from '@polytag/core';
import * as z from 'zod';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { describeIssues } from '../parse-json.js';
import { SplitBuilder } from '../split-builder.js';
import { streamCoco, type CocoSection } from './stream-coco.js';

export interface CocoOptions extends SplitReaderOptions {
  /** Folder of the images, which are in it or in its `SPLIT/`, `images/SPLIT/` or `images/`. */
  readonly images: string;
  /**
   * Whether to keep images without annotations, with all labels absent. Default false: they are left out, as by the
   * authors.
   */
  readonly keepUnlabelled?: boolean;
}

/** An id may be a number or text: the image `7` may have `"image_id": "7"` or `"7.0"`. */
const id = z.union(
  [
    z.int().transform(String),
    z
      .string()
      .trim()
      .min(1)
      .transform((text) => text.replace(/^([+-]?\d+)\.0+$/, '$1')),
  ],
  { error: 'expected an id: a number or a text' },
);
/** Zeros at the start are of a file's name. */
const withoutZeros = (id: string) => id.replace(/^0+(?=\d+$)/, '');
const elements = {
  images: z
    .object({
      id,
      file_name: z.string().optional(),
      coco_url: z.string().optional(),
      neg_category_ids: z.array(id).optional(),
    })
    // LVIS names its images by address alone: http://images.cocodataset.org/train2017/000000391895.jpg.
    .transform((image, context) => {
      const file = image.file_name ?? image.coco_url?.split('/').slice(-2).join('/');
      if (file === undefined)
        context.addIssue({ code: 'custom', path: ['file_name'], message: 'expected a name' });
      return { ...image, file_name: file ?? '' };
    }),
  annotations: z.object({ image_id: id, category_id: id }),
  categories: z.object({
    id,
    name: z.union([z.string().trim().min(1), z.number().transform(String)], { error: 'expected a name' }),
  }),
};

/**
 * Reads object annotations in the format of COCO, such as `instances_train2014.json`. A label is listed once per
 * object, crowds included (docs/method.md#coco). If an image has `neg_category_ids`, as in LVIS, all categories that
 * are neither there nor annotated are unknown. The classes are the categories of the file, sorted.
 *
 * @param files one per split, which is named like the file without `instances_`
 * @throws DataError `data/file-missing`, `data/not-json`, `data/label-file-format`, `data/unknown-image`,
 *   `data/unknown-label`, `data/duplicate-id`, and those of `SplitBuilder` and `checkSplits`
 */
export async function readCoco(
  files: readonly string[],
  options: CocoOptions,
): Promise<readonly LabelledSplit[]> {
  const splits: LabelledSplit[] = [];
  for (const file of files) splits.push(await readFile(file, options));
  return checkSplits(splits);
}

async function readFile(
  source: string,
  { images: root, keepUnlabelled = false, skipMissing, encoding, onNote, onProgress }: CocoOptions,
): Promise<LabelledSplit> {
  const content = new CocoContent(source);
  await streamCoco(source, (section, element, i) => content.add(section, element, i), {
    onProgress,
    encoding,
  });
  const split = basename(source, '.json').replace(/^instances_/, '');
  const builder = new SplitBuilder(split, source, root);
  const labelsOf = content.labels();
  content.images.forEach((image, i) => {
    const labels = labelsOf.get(image.id)!;
    const absent = content.absentLabels(image, `images[${i}]`);
    const unknown = absent && content.othersThan([...labels, ...absent]);
    // An image whose absent categories are listed was looked at, also where it has none of them.
    builder.add(image.file_name, labels, `images[${i}]`, {
      unknown,
      absent,
      annotated: absent !== undefined,
    });
  });
  return builder.finish({
    classes: [...content.categories.values()].sort(),
    onNote,
    folders: [split, `images/${split}`, 'images', ''],
    skipMissing,
    unlabelled: keepUnlabelled ? 'keep' : 'leave-out',
  });
}

/** An id that no image or category has. */
const isNumber = (id: string) => /^[+-]?\d+$/.test(id);

/** Finds the item with an id, even if one of the two is written with leading zeros. */
function finder<Value>(known: ReadonlyMap<string, Value>): (id: string) => Value | undefined {
  let plain: ReadonlyMap<string, Value> | undefined;
  return (id) => {
    const exact = known.get(id);
    if (exact !== undefined) return exact;
    plain ??= new Map([...known].map(([key, value]) => [withoutZeros(key), value]));
    // Ids that are one and the same without zeros are not told apart by them.
    return plain.size === known.size ? plain.get(withoutZeros(id)) : undefined;
  };
}

/** What is kept of a file while it is read. Its lists may be in any order. */
class CocoContent {
  readonly images: z.output<typeof elements.images>[] = [];
  readonly categories = new Map<string, string>();
  readonly #annotations: z.output<typeof elements.annotations>[] = [];
  readonly #source: string;
  #categoryOf: ((id: string) => string | undefined) | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  add(section: CocoSection, element: unknown, index: number): void {
    if (section === 'images') this.images.push(this.#checked(section, element, index));
    else if (section === 'annotations') this.#annotations.push(this.#checked(section, element, index));
    else {
      const category = this.#checked(section, element, index);
      if (this.categories.has(category.id)) throw this.#duplicateId('categories', category.id);
      this.categories.set(category.id, category.name);
    }
  }

  /** The category names of each image, one per annotation, in the order of the file. */
  labels(): ReadonlyMap<string, string[]> {
    if (this.categories.size === 0) {
      throw new DataError('data/label-file-format', `${this.#source} has no categories.`, {
        hint: 'Expected a COCO file of objects, such as instances_train2014.json, not one of captions.',
      });
    }
    const labels = new Map<string, string[]>();
    for (const image of this.images) {
      if (labels.has(image.id)) throw this.#duplicateId('images', image.id);
      labels.set(image.id, []);
    }
    const categoryOf = (this.#categoryOf ??= this.#categoryFinder());
    const listById = finder(labels);
    let byFile: ReadonlyMap<string, string[]> | undefined;
    // Some files have the name of an image where its id is meant.
    const listOf = (image: string) =>
      listById(image) ?? (isNumber(image) ? undefined : (byFile ??= this.#listsByFile(labels)).get(image));
    this.#annotations.forEach(({ image_id: image, category_id: category }, i) => {
      const place = `${this.#source}: annotations[${i}]`;
      const name = categoryOf(category);
      if (name === undefined) throw this.#unlistedCategory(place, category);
      const ofImage = listOf(image);
      if (!ofImage) {
        throw new DataError(
          'data/unknown-image',
          `${place} refers to image ${image}, which is not in "images".`,
          {
            hint: 'Check that "images" is complete.',
          },
        );
      }
      ofImage.push(name);
    });
    return labels;
  }

  /** Finds a category by its id; some files have its name there. */
  #categoryFinder(): (id: string) => string | undefined {
    const byId = finder(this.categories);
    const names = new Set(this.categories.values());
    return (id) => byId(id) ?? (!isNumber(id) && names.has(id) ? id : undefined);
  }

  /** The images by file name, if only one image has it. */
  #listsByFile(labels: ReadonlyMap<string, string[]>): ReadonlyMap<string, string[]> {
    const found = new Map<string, string[]>();
    const twice = new Set<string>();
    for (const { file_name: file, id } of this.images) {
      if (found.has(file)) twice.add(file);
      else found.set(file, labels.get(id)!);
    }
    for (const file of twice) found.delete(file);
    return found;
  }

  /** The categories that an image is known not to have, if it lists them as in LVIS. */
  absentLabels(
    { neg_category_ids: ids }: z.output<typeof elements.images>,
    at: string,
  ): string[] | undefined {
    if (ids === undefined) return undefined;
    const categoryOf = (this.#categoryOf ??= this.#categoryFinder());
    return ids.map((id) => {
      const name = categoryOf(id);
      if (name !== undefined) return name;
      throw this.#unlistedCategory(`${this.#source}: ${at}`, id);
    });
  }

  /** All categories but these. */
  othersThan(names: readonly string[]): string[] {
    const known = new Set(names);
    return [...this.categories.values()].filter((name) => !known.has(name));
  }

  #unlistedCategory(place: string, category: string): DataError {
    return new DataError(
      'data/unknown-label',
      `${place} refers to category ${category}, which is not in "categories".`,
      {
        hint: 'Check that "categories" is complete.',
      },
    );
  }

  #checked<Section extends CocoSection>(
    section: Section,
    element: unknown,
    index: number,
  ): z.output<(typeof elements)[Section]> {
    const result = elements[section].safeParse(element);
    if (result.success) return result.data as z.output<(typeof elements)[Section]>;
    throw new DataError(
      'data/label-file-format',
      `${this.#source} is not a COCO object annotation file: ${describeIssues(result.error, [section, index])}.`,
      {
        hint: 'Expected {"images": [{"id", "file_name"}], "annotations": [{"image_id", "category_id"}], "categories": [{"id", "name"}]}.',
      },
    );
  }

  #duplicateId(section: CocoSection, id: string): DataError {
    return new DataError('data/duplicate-id', `${this.#source}: two ${section} have the id ${id}.`, {
      hint: 'Keep one of them.',
    });
  }
}
