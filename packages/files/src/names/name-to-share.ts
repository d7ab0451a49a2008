import { resolve } from 'node:path';

/**
 * What a file or folder is called in pages and figures that others see: its name and that of its folder, such as
 * `first/best` or `birds/val.json`. Where on a disk it lies, and under whose name, stays there.
 */
export const nameToShare = (path: string): string =>
  resolve(path)
    .split(/[\\/]/)
    .filter((part) => part !== '')
    .slice(-2)
    .join('/');
