import { mkdir } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Streams } from '@polytag/cli';
import { counted, DataError, LabelVocabulary, printable, shellWord } from '@polytag/core';
import { labelFileContent, placeImages, type LabelFile } from '@polytag/datasets';
import type { LabelFileWriter } from '@polytag/datasets/writers';
import { writeFileAtomically, type TextEncoding } from '@polytag/files';
import { refuseExisting, refuseSources } from '../prepare/label-files.js';

export interface ConvertOptions {
  /** The file to write. */
  readonly out: string;
  /** What stands before each image path. */
  readonly prefix?: string;
  /** Of the label file. */
  readonly encoding?: TextEncoding;
  /** Overwrites files that are there. Default false. */
  readonly force?: boolean;
}

/** Writes a label file in the format of another program, and says what that cannot say. */
export async function convertLabelFile(
  source: string,
  writer: LabelFileWriter,
  { out, prefix, encoding, force = false }: ConvertOptions,
  streams: Streams,
): Promise<void> {
  const file = await labelFileContent(source, { encoding, encodingOption: '--encoding' });
  assertWhole(source, file);
  // A path that differs a little from that of a file is taken for it, as everywhere.
  const folder = resolve(dirname(source));
  const { placed, absent } = await placeImages(
    folder,
    file.images.map(([name]) => ({ name, path: isAbsolute(name) ? name : resolve(folder, name) })),
  );
  const located = placed.map(({ path }) => path);
  refuseTwice(source, located);
  const root = imageRoot(writer, resolve(dirname(out)), located);
  const paths = located.map((path) => relative(root, path).split(sep).join('/'));
  const images = file.images.map(([, labels, more], i) => [paths[i], labels, more] as const);
  const written = writer.write({ classes: file.classes, images }, { prefix });
  const beside = written.beside && {
    path: join(dirname(out), basename(out, extname(out)) + written.beside.ending),
    text: written.beside.text,
  };
  const files = [{ path: out, text: written.text }, ...(beside ? [beside] : [])];
  const outputs = files.map(({ path }) => path);
  await refuseSources(outputs, [source]);
  if (!force) await refuseExisting(outputs);
  await mkdir(dirname(out), { recursive: true });
  for (const { path, text } of files) await writeFileAtomically(path, text);
  streams.out.write(
    [
      `${printable(out, 400)}: ${counted(images.length, 'image')}, ${counted(file.classes.length, 'label')}`,
      ...(beside ? [`${printable(beside.path, 400)}: the labelling interface of the project`] : []),
      ...(root === resolve(dirname(out)) ? [] : [`image paths start from ${printable(root, 400)}`]),
      ...written.lost.map((line) => `lost: ${line}`),
      ...(writer.name === 'label-studio' && prefix === undefined
        ? [
            'Label Studio must serve the pictures: start it with LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and ' +
              `LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT=${shellWord(root)}, and add that folder to the project as local storage; ` +
              'or give their web address with --prefix',
          ]
        : []),
      ...(absent.length > 0
        ? [
            `warning: ${counted(absent.length, 'image was', 'images were')} not found at ${absent.length === 1 ? 'its path' : 'their paths'}`,
          ]
        : []),
      `to convert back: npx polytag-train prepare ${writer.name} --from ${shellWord(dirname(out))} ${written.options(shellWord(basename(out)))}${imagesOption(root, paths, out)} --out OTHER_FOLDER`,
      '',
    ].join('\n'),
  );
}

/** `--images`, where the images are not below the written file. */
function imagesOption(root: string, paths: readonly string[], out: string): string {
  const folder = resolve(dirname(out));
  if (root !== folder) return ` --images ${shellWord(root)}`;
  const outside = paths.filter((path) => path.startsWith('../') || isAbsolute(path));
  return outside.length === 0
    ? ''
    : ` --images ${shellWord(commonFolder(paths.map((path) => resolve(folder, path))))}`;
}

/**
 * Where paths start from: the folder of the written file, from which `..` may lead to images elsewhere; or a folder that has
 * all images, for addresses, which cannot climb, and where that folder is around the written file: readers take no path that
 * climbs in the folder of the images.
 */
function imageRoot(writer: LabelFileWriter, folder: string, images: readonly string[]): string {
  if (images.every((path) => path.startsWith(folder + sep))) return folder;
  const common = commonFolder(images);
  return writer.paths === 'images' || (folder + sep).startsWith(common + sep) ? common : folder;
}

function commonFolder(paths: readonly string[]): string {
  let common = dirname(paths[0]);
  for (const path of paths) {
    while (common !== dirname(common) && !path.startsWith(common.endsWith(sep) ? common : common + sep))
      common = dirname(common);
  }
  return common;
}

/** @throws DataError `data/empty-set`, `data/unknown-label`, and those of `LabelVocabulary` */
function assertWhole(source: string, { classes, images }: LabelFile): void {
  const vocabulary = new LabelVocabulary(classes);
  if (images.length === 0)
    throw new DataError('data/empty-set', `${source} lists no images.`, {
      hint: 'Add images under "images".',
    });
  images.forEach(([path, labels, more], i) => {
    const strange = [...labels, ...(more?.unknown ?? [])].find(
      (label) => vocabulary.indexOf(label) === undefined,
    );
    if (strange === undefined) return;
    throw new DataError(
      'data/unknown-label',
      `${source}: images[${i}] ("${printable(path)}") has the label "${printable(String(strange))}", which is not in "classes".`,
      { hint: 'Add the label to "classes", or remove it from the image.' },
    );
  });
}

function refuseTwice(source: string, located: readonly string[]): void {
  const before = new Map<string, number>();
  located.forEach((path, i) => {
    const first = before.get(path);
    if (first === undefined) return void before.set(path, i);
    throw new DataError(
      'data/duplicate-image',
      `${source} lists the image ${printable(path)} twice, at images[${first}] and images[${i}].`,
      { hint: 'Merge the two, with all labels: polytag-train prepare json.' },
    );
  });
}
