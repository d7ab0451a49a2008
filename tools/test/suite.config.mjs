// Jest on the whole suite: the short specs of a package run together, in files that are written here (see together.mjs).
// Each spec also runs by itself: `npx jest FILE`, or `npx nx test PACKAGE`.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import jestConfig from '../../jest.config.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'tools/test/dist');

/** Specs of one file at most: how much a worker holds in memory, and how evenly workers can share the files. */
const MOST = 16;

/** Begin without an engine, or leave one that cannot start or has a heap of several gigabytes. */
const OWN_ENGINE = ['engine-start.spec.ts', 'use-engine.spec.ts', 'peak-heap.spec.ts'];

/** What needs a context of its own. A spec that sets its own time limit takes long: nothing is won. */
const isAlone = (spec) =>
  OWN_ENGINE.includes(basename(spec)) ||
  /jest\.(setTimeout|unstable_mockModule)\(/.test(readFileSync(spec, 'utf8'));

/** Folders with a part of the house each, by name. */
function packages() {
  const found = new Map();
  for (const pattern of jestConfig.testMatch) {
    const [, layer, names] = /^<rootDir>\/(\w+)\/(?:\*|\{(.*)\})\/src\//.exec(pattern);
    for (const name of names?.split(',') ?? readdirSync(join(root, layer)))
      found.set(`${layer}-${name}`, join(root, layer, name, 'src'));
  }
  return found;
}

const specsIn = (source) =>
  readdirSync(source, { recursive: true })
    .filter((path) => path.endsWith('.spec.ts'))
    .map((path) => resolve(source, path))
    .sort();

/** Writes the files of a package, and gives their paths. */
function writeFiles(name, specs) {
  const count = Math.ceil(specs.length / MOST);
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${name}-${i + 1}.mjs`);
    const part = specs.filter((_, at) => Math.floor((at * count) / specs.length) === i);
    const list = JSON.stringify(part, null, 2);
    writeFileSync(path, `import { together } from '../together.mjs';\n\nawait together(${list});\n`);
    return path;
  });
}

export default () => {
  mkdirSync(folder, { recursive: true });
  const files = [...packages()].flatMap(([name, source]) => {
    const specs = specsIn(source);
    return [
      ...specs.filter(isAlone),
      ...writeFiles(
        name,
        specs.filter((spec) => !isAlone(spec)),
      ),
    ];
  });
  // Jest matches paths with slashes alone.
  return { ...jestConfig, rootDir: root, testMatch: files.map((file) => file.replaceAll('\\', '/')) };
};
