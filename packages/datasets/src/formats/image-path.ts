import { posix, win32 } from 'node:path';
import { DataError } from '@polytag/core';

/**
 * The path of an image as a label file writes it: relative, with forward slashes, inside its folder.
 *
 * @param path as a published file has it; backslashes are separators
 * @param place where the path stands, for errors
 * @throws DataError `data/path-escape` when it is empty, absolute, or leads out of the folder
 */
export function imagePath(path: string, place: string): string {
  const forward = path.replaceAll('\\', '/');
  const normal = posix.normalize(forward);
  const leaves =
    normal === '..' || normal.startsWith('../') || win32.isAbsolute(forward) || /^[a-z]:/i.test(forward);
  if (leaves || normal === '.' || normal.endsWith('/') || normal.includes('\0')) {
    throw new DataError('data/path-escape', `${place}: "${path}" is no path of an image in the data set.`, {
      hint: 'An image path is relative and stays inside the folder of the images.',
    });
  }
  return normal;
}
