import { dirname, posix, resolve, win32 } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '@polytag/core';

const IMAGE_ENDING = /\.(?:jpe?g|jpe|jfif|png|webp|gif|bmp|tiff?|avif|heic|heif)$/i;

/** Whether a name has the extension of an image. */
export const hasImageEnding = (name: string): boolean => IMAGE_ENDING.test(name);

/**
 * The path of an image as a label file has it: relative, with forward slashes, inside its folder.
 *
 * @param path as in the published file; backslashes are separators
 * @param place where the path is, for errors
 * @param root the folder to which it becomes relative; an absolute path inside it is allowed
 * @param source the file that has the path: if it is in another folder, a path that begins with `..` is resolved from
 *   there, and allowed if it leads into `root`
 * @throws DataError `data/path-escape` if it is empty, absolute and outside, or leads out of the folder
 */
export function imagePath(path: string, place: string, root?: string, source?: string): string {
  const forward = (path.startsWith('file://') ? pathOfUrl(path) : path).replaceAll('\\', '/');
  const climbs =
    source !== undefined &&
    posix.normalize(forward).startsWith('../') &&
    insideOf(root, resolve(source).replaceAll('\\', '/')) === undefined;
  const absolute = climbs ? resolve(dirname(source), forward).replaceAll('\\', '/') : forward;
  const normal = posix.normalize(insideOf(root, absolute) ?? forward);
  const leaves =
    /^[a-z][\w+.-]+:\/\//i.test(forward) ||
    normal === '..' ||
    normal.startsWith('../') ||
    win32.isAbsolute(normal) ||
    /^[a-z]:/i.test(normal);
  if (leaves || normal === '.' || normal.endsWith('/') || normal.includes('\0')) {
    const reason =
      path.trim() === '' ? 'there is no image path' : `"${path}" is not the path of an image in the data set`;
    throw new DataError('data/path-escape', `${place}: ${reason}.`, {
      hint: /^(?:[a-z][\w+.-]*:|[/\\])/i.test(path)
        ? 'Write the path relative to the image folder (--images), without what comes before it: images/1.jpg.'
        : 'Write image paths relative to the image folder (--images); they must stay inside it.',
    });
  }
  return normal;
}

function pathOfUrl(address: string): string {
  try {
    return fileURLToPath(address);
  } catch {
    return address;
  }
}

/** The rest of a path after that of a folder. */
function insideOf(root: string | undefined, path: string): string | undefined {
  if (root === undefined || !win32.isAbsolute(path)) return undefined;
  const start = `${resolve(root).replaceAll('\\', '/').replace(/\/$/, '')}/`;
  return path.startsWith(start) ? path.slice(start.length) : undefined;
}
