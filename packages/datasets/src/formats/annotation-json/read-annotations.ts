import { dirname, join } from 'node:path';
import { DataError, LabelVocabulary } from '@polytag/core';
import type { AnnotatedDataset, AnnotatedImage } from '../annotated-dataset.js';
import { missingFiles } from '../missing-files.js';
import { readText } from '../read-text.js';
import { firstFew } from '../same-labels.js';
import { parseAnnotations, type AnnotationFile } from './parse-annotations.js';

export interface ReadAnnotationsOptions {
  /** The folder that image paths start from (default: the folder of the annotation file). */
  readonly root?: string;
  /** A label that is not in `classes` is left out and counted (default), or an error. */
  readonly unknownLabels?: 'ignore' | 'error';
}

/**
 * Reads an annotation file: a JSON object with `classes`, a list of names, and `images`, a list of
 * `[relative path, [label, …]]`. An empty list of labels is an image without any; a repeated label is kept.
 *
 * @throws DataError `data/file-missing`, `data/not-json`, `data/annotation-format`, the errors of
 *   {@link LabelVocabulary}, `data/empty-set`, `data/unknown-label`, `data/image-missing`
 */
export async function readAnnotations(
  path: string,
  options: ReadAnnotationsOptions = {},
): Promise<AnnotatedDataset> {
  const { root = dirname(path), unknownLabels = 'ignore' } = options;
  const file = parseAnnotations(await readText(path, 'annotation file'), path);
  const labels = new LabelVocabulary(file.classes);
  if (file.images.length === 0) {
    throw new DataError('data/empty-set', `${path} lists no images.`, { hint: 'Add images under "images".' });
  }
  const unknown = new Map<string, number>();
  const images = file.images.map((entry) => annotatedImage(entry, root, labels, unknown));
  if (unknown.size > 0 && unknownLabels === 'error') throw unknownLabelError(path, file, labels, unknown);
  await refuseMissingImages(path, root, images);
  return { source: path, labels, images, unknownLabels: unknown };
}

function annotatedImage(
  [name, names]: AnnotationFile['images'][number],
  root: string,
  labels: LabelVocabulary,
  unknown: Map<string, number>,
): AnnotatedImage {
  const known: number[] = [];
  for (const label of names) {
    const index = labels.indexOf(label);
    if (index === undefined) unknown.set(String(label), (unknown.get(String(label)) ?? 0) + 1);
    else known.push(index);
  }
  return { name, path: join(root, name), labels: known };
}

function unknownLabelError(
  source: string,
  file: AnnotationFile,
  labels: LabelVocabulary,
  unknown: ReadonlyMap<string, number>,
): DataError {
  const isUnknown = (label: string | number) => labels.indexOf(label) === undefined;
  const [name, names] = file.images.find(([, names]) => names.some(isUnknown))!;
  const others = [...unknown.keys()].slice(1);
  return new DataError(
    'data/unknown-label',
    `${source}: the image "${name}" has the label "${names.find(isUnknown)}", which is not in "classes"` +
      `${others.length > 0 ? ` (nor are ${firstFew(others)})` : ''}.`,
    { hint: 'Add the label to "classes", or allow unknown labels to be ignored.' },
  );
}

async function refuseMissingImages(
  source: string,
  root: string,
  images: readonly AnnotatedImage[],
): Promise<void> {
  const missing = await missingFiles(images.map((image) => image.path));
  if (missing.size === 0) return;
  const names = images.filter((image) => missing.has(image.path)).map((image) => image.name);
  throw new DataError(
    'data/image-missing',
    `${names.length} of the ${images.length} images of ${source} are not in ${root}: ${firstFew(names)}.`,
    { hint: 'Image paths are relative to the folder of the annotation file; another root can be given.' },
  );
}
