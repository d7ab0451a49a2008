import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { DataError, LabelVocabulary, shellWord } from '@polytag/core';
import { realPath, type TextEncoding } from '@polytag/files';
import type { ImageFile, LabelledDataset, LabelledImage } from '../../dataset/labelled-dataset.js';
import { locateImages } from '../locate-images.js';
import { missingFiles } from '../missing-files.js';
import { readText } from '../read-text.js';
import { firstFew, lookAlikeOf } from '../same-labels.js';
import { foreignFile } from './foreign-file.js';
import { labelledImage } from './labelled-image.js';
import { parseLabelFile, type LabelFile } from './parse-label-file.js';

export interface ReadLabelFileOptions {
  /** Folder to which image paths are relative (default: the folder of the label file). */
  readonly root?: string;
  /** What to do with labels outside `classes`: skip and count them (default), or throw. */
  readonly unknownLabels?: 'ignore' | 'error';
  /**
   * What to do if an image file is missing: throw (default), or keep the image, so that it is reported with other
   * unusable images. If half of the images are missing, it is always an error, because the folder is probably wrong.
   * `unchecked`: do not check, for uses that need only names.
   */
  readonly missingImages?: 'error' | 'keep' | 'unchecked';
  /** Default `utf-8`; a byte order mark takes precedence. */
  readonly encoding?: TextEncoding;
  /** The option for the encoding on the command line, for hints. Default: none. */
  readonly encodingOption?: string;
}

/**
 * Reads a label file: a JSON object with `classes`, a list of names, and `images`, a list of `[relative path, [label,
 * …]]`. An empty list is an image without labels; repeated labels are kept. A third element `{"unknown": [label, …]}`
 * lists labels that are unknown for the image. In a file with `"unlisted": "unknown"`, all labels are unknown that are
 * neither listed nor in `{"absent": [label, …]}`.
 *
 * If a path does not exist, a file with a similar name is used, as `locateImages` finds it.
 *
 * @throws DataError `data/file-missing` and the others of `readTextFile`, `data/not-json`, `data/label-file-format`,
 * the errors of {@link LabelVocabulary}, `data/empty-set`, `data/unknown-label`, `data/duplicate-image`,
 * `data/image-missing`
 * @example
 * const dataset = await readLabelFile('photos/train.json');
 * console.log(dataset.labels.names, dataset.images.length);
 */
export async function readLabelFile(
  path: string,
  options: ReadLabelFileOptions = {},
): Promise<LabelledDataset> {
  const { root = dirname(path), unknownLabels = 'ignore', missingImages = 'error' } = options;
  const file = await labelFileContent(path, options);
  const labels = new LabelVocabulary(file.classes);
  if (file.images.length === 0) {
    throw new DataError('data/empty-set', `${path} lists no images.`, { hint: 'Add images under "images".' });
  }
  const unknown = new Map<string, number>();
  const pathOf = (name: string) => (isAbsolute(name) ? name : join(root, name));
  const listed = file.images.map((entry, i) =>
    labelledImage(entry, pathOf, labels, unknown, `${path}: images[${i}]`),
  );
  if (unknown.size > 0 && unknownLabels === 'error') throw unknownLabelError(path, file, labels, unknown);
  const images =
    missingImages === 'unchecked' ? listed : await withImagesFound(path, root, listed, missingImages);
  refuseDuplicates(path, images);
  return { source: path, labels, images, unknownLabels: unknown };
}

/** Reads the content of a label file, without options. */
export async function labelFileContent(
  path: string,
  { encoding, encodingOption = '' }: Pick<ReadLabelFileOptions, 'encoding' | 'encodingOption'>,
): Promise<LabelFile> {
  let text: string | undefined;
  try {
    text = await readText(path, 'label file', { encoding, encodingOption });
    return parseLabelFile(text, path);
  } catch (error) {
    throw await foreignFile(path, error, text);
  }
}

function unknownLabelError(
  source: string,
  file: LabelFile,
  labels: LabelVocabulary,
  unknown: ReadonlyMap<string, number>,
): DataError {
  const isUnknown = (label: string | number) => labels.indexOf(label) === undefined;
  const allOf = ([, names, more]: LabelFile['images'][number]) => [
    ...names,
    ...(more?.unknown ?? []),
    ...(more?.absent ?? []),
  ];
  const image = file.images.find((one) => allOf(one).some(isUnknown))!;
  const label = allOf(image).find(isUnknown)!;
  const others = [...unknown.keys()].slice(1);
  return new DataError(
    'data/unknown-label',
    `${source}: the image "${image[0]}" has the label "${label}", which is not in "classes"` +
      `${others.length > 0 ? ` (nor are ${firstFew(others)})` : ''}.`,
    {
      hint: lookAlikeOf(label, labels) ?? 'Add the label to "classes", or ignore unknown labels.',
    },
  );
}

/** The path of the matching file, if no file has the exact path of an image. */
async function withImagesFound(
  source: string,
  root: string,
  images: readonly LabelledImage[],
  missingImages: 'error' | 'keep',
): Promise<readonly LabelledImage[]> {
  const { placed, absent } = await placeImages(root, images);
  if (absent.length === 0 || (missingImages === 'keep' && 2 * absent.length < images.length)) return placed;
  throw absentImages(source, root, images, absent);
}

/** Resolves image paths to existing files; returns also the images without a file. */
export async function placeImages<Image extends ImageFile>(
  root: string,
  images: readonly Image[],
): Promise<{ readonly placed: readonly Image[]; readonly absent: readonly Image[] }> {
  const asNamed = await missingFiles(images.map((image) => image.path));
  if (asNamed.size === 0) return { placed: images, absent: [] };
  // Paths that lead up from a folder lead up from where it is, not from a link to it.
  const real = await realPath(root);
  if (real !== resolve(root) && images.some(({ name, path }) => asNamed.has(path) && !isAbsolute(name))) {
    const followed = images.map((image) =>
      asNamed.has(image.path) && !isAbsolute(image.name) ? { ...image, path: join(real, image.name) } : image,
    );
    return placeImages(real, followed);
  }
  const missing = asNamed;
  const forward = (name: string) => name.replaceAll('\\', '/');
  const names = images
    .filter(({ path, name }) => missing.has(path) && !isAbsolute(name))
    .map(({ name }) => forward(name));
  const found = await locateImages(root, [...new Set(names)], ['']);
  const placed = images.map((image) => {
    const path = missing.has(image.path) ? found.get(forward(image.name)) : undefined;
    return path === undefined ? image : { ...image, path: join(root, path) };
  });
  const absent = placed.filter(({ path, name }) => missing.has(path) && !found.has(forward(name)));
  return { placed, absent };
}

export function absentImages(
  source: string,
  root: string,
  images: readonly unknown[],
  absent: readonly { readonly name: string }[],
): DataError {
  return new DataError(
    'data/image-missing',
    `${absent.length} of the ${images.length} images of ${source} ${absent.length === 1 ? 'was' : 'were'} not found in ${root}: ${firstFew(absent.map(({ name }) => name))}.`,
    {
      hint: 'Image paths start at the folder of the label file. Fix them, or choose another root folder.',
    },
  );
}

/** Refuses an image that is listed twice, under any spelling of its path. */
function refuseDuplicates(source: string, images: readonly LabelledImage[]): void {
  const before = new Map<string, number>();
  images.forEach(({ path, name }, i) => {
    const first = before.get(path);
    if (first === undefined) return void before.set(path, i);
    const other = images[first].name === name ? '' : ` (there as "${images[first].name}")`;
    throw new DataError(
      'data/duplicate-image',
      `${source} lists the image "${name}" twice, at images[${first}]${other} and images[${i}].`,
      {
        hint:
          'Keep one of them, with all labels of the image, or merge them: ' +
          `polytag-train prepare json --from ${shellWord(dirname(source))} --file ${shellWord(basename(source))} --out OTHER_FOLDER`,
      },
    );
  });
}
