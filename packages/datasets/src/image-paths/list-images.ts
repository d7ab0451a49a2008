import { stat } from 'node:fs/promises';
import { DataError, printable } from '@polytag/core';
import type { ListedImage } from './listed-image.js';
import { isPattern, matchPattern } from './match-pattern.js';
import { walkFolder } from './walk-folder.js';

/**
 * Lists the photographs given by paths, in order: a file is itself, a folder is all images in it (see {@link
 * walkFolder}), and a pattern such as `photos/*.jpg` is everything that matches (see {@link matchPattern}), unless a
 * file has exactly this name. A path without images is an item with an error; a missing file is noticed when it is
 * read.
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
