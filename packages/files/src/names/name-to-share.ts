import { resolve } from 'node:path';

/**
 * The name of a file or folder for pages and figures that other people see: its own name and that of its folder, such
 * as `first/best` or `birds/val.json`. The rest of the path, with the user name, stays private.
 */
export const nameToShare = (path: string): string =>
  resolve(path)
    .split(/[\\/]/)
    .filter((part) => part !== '')
    .slice(-2)
    .join('/');
