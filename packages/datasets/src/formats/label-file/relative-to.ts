import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { realPath } from '@polytag/files';

/**
 * Returns paths relative to the folder of a label file, with forward slashes. If links lead to the folder, `..` leads
 * up from its real place, so paths of files are resolved too.
 */
export async function relativeTo(folder: string): Promise<(path: string) => Promise<string>> {
  const [named, real] = [resolve(folder), await realPath(folder)];
  const written = (path: string) => relative(real, path).split(sep).join('/');
  if (named === real) return (path) => Promise.resolve(written(resolve(path)));
  const folders = new Map<string, Promise<string>>();
  return async (path) => {
    const parent = dirname(resolve(path));
    const followed = folders.get(parent) ?? realPath(parent);
    folders.set(parent, followed);
    return written(join(await followed, basename(path)));
  };
}
