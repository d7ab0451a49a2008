import { stat } from 'node:fs/promises';
import { DataError, printable } from '@polytag/core';
import type { ListedImage } from './listed-image.js';
import { isPattern, matchPattern } from './match-pattern.js';
import { walkFolder } from './walk-folder.js';

/**
 * The photographs that some paths name, in the order given: a file is itself, a folder all images in it
 * (see {@link walkFolder}), a pattern such as `photos/*.jpg` (see {@link matchPattern}) what matches it, where no file has
 * that very name. What names no image is an item with an error; a file that is missing shows when it is read.
 */
export async function* listImages(paths: Iterable<string>): AsyncGenerator<ListedImage, void, undefined> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) yield* imagesOf(path);
    else if (found || !isPattern(path)) yield { path };
    else yield* matchesOf(path);
  }
}

async function* imagesOf(folder: string): AsyncGenerator<ListedImage, void, undefined> {
  let isEmpty = true;
  for await (const image of walkFolder(folder)) {
    isEmpty = false;
    yield image;
  }
  if (isEmpty) yield { path: folder, error: noImages(`The folder ${printable(folder, 400)} has`) };
}

async function* matchesOf(pattern: string): AsyncGenerator<ListedImage, void, undefined> {
  let isEmpty = true;
  for await (const path of matchPattern(pattern)) {
    isEmpty = false;
    if ((await stat(path).catch(() => undefined))?.isDirectory()) yield* imagesOf(path);
    else yield { path };
  }
  if (isEmpty) {
    const message = `Nothing matches ${printable(pattern, 400)}.`;
    yield { path: pattern, error: new DataError('data/no-match', message, { hint: 'Check the path.' }) };
  }
}

const noImages = (what: string): DataError =>
  new DataError('data/no-images', `${what} no JPEG, PNG or WebP.`, {
    hint: 'Images are recognised by their extensions: .jpg, .jpeg, .png, .webp.',
  });
