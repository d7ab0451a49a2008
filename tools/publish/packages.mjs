// The packages that npm publishes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of the repository. */
export const root = resolve(import.meta.dirname, '../..');

/** Folders of the packages and apps, from the root: `packages/core`, … */
export const published = () =>
  ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => `${group}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .filter((folder) => !readManifest(join(root, folder)).private),
  );

/** package.json of a folder, by its whole path. */
export const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Entry points of a package: the name to import, and the files of its types and its code. JSON files are none. */
export const entryPoints = ({ name, exports }) =>
  Object.entries(exports)
    .filter(([, target]) => typeof target === 'object' && target.types)
    .map(([subpath, target]) => ({
      name: join(name, subpath),
      types: target.types,
      code: target.import ?? target.default,
    }));
