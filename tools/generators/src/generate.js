import { readFileSync } from 'node:fs';
import { formatFiles, joinPathFragments, logger, readJson, updateJson } from '@nx/devkit';
import { namesOf } from './names.js';
import { DEPENDENCIES, readmeOf, SOURCES, specOf } from './part-files.js';
import { readerFiles } from './reader-files.js';

/** Writes a new package for a part, like those in `packages/`, with the conformance kit. */
async function partGenerator(tree, kind, { name: given, directory }) {
  const names = namesOf(given);
  const { name } = names;
  const folder = directory ?? `packages/${name}`;
  if (tree.exists(joinPathFragments(folder, 'package.json'))) throw new Error(`${folder} already exists.`);
  const { version, license, engines } = readJson(tree, 'package.json');
  const up = folder
    .split('/')
    .map(() => '..')
    .join('/');
  const packageName = `@polytag/${name}`;
  const { dependencies, peerDependencies } = readJson(tree, 'packages/heads/package.json');
  const write = (path, content) =>
    tree.write(
      joinPathFragments(folder, path),
      typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`,
    );

  write('package.json', {
    name: packageName,
    version,
    private: true,
    description: `A ${kind} of our own.`,
    license,
    type: 'module',
    engines,
    main: './dist/index.js',
    types: './dist/index.d.ts',
    exports: {
      '.': {
        '@polytag/source': './src/index.ts',
        types: './dist/index.d.ts',
        import: './dist/index.js',
        default: './dist/index.js',
      },
      './package.json': './package.json',
    },
    files: ['dist', '!**/*.tsbuildinfo'],
    sideEffects: false,
    dependencies: {
      ...Object.fromEntries(DEPENDENCIES[kind].map((dependency) => [dependency, version])),
      zod: dependencies.zod,
    },
    devDependencies: { '@polytag/engine': version, '@polytag/testing': version },
    peerDependencies: {
      '@tensorflow/tfjs-core': peerDependencies['@tensorflow/tfjs-core'],
      ...(kind === 'loss' ? {} : { '@tensorflow/tfjs-layers': peerDependencies['@tensorflow/tfjs-layers'] }),
    },
    nx: { tags: ['layer:own'] },
  });
  write('README.md', readmeOf(kind, names, packageName));
  write('src/index.ts', SOURCES[kind](names));
  write('src/index.spec.ts', specOf(kind, names));
  write('jest.config.js', `export { default } from '${up}/jest.preset.js';\n`);
  const extend = `${up}/tsconfig.base.json`;
  const references = (some) => some.map((path) => ({ path }));
  write('tsconfig.json', {
    extends: extend,
    files: [],
    include: [],
    references: references(['./tsconfig.lib.json', './tsconfig.spec.json']),
  });
  const needed = [...DEPENDENCIES[kind], '@polytag/engine', '@polytag/testing'];
  write('tsconfig.lib.json', {
    extends: extend,
    compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/tsconfig.lib.tsbuildinfo' },
    include: ['src/**/*.ts'],
    exclude: ['src/**/*.spec.ts'],
    references: references(
      needed.map((dependency) => `${up}/packages/${dependency.split('/')[1]}/tsconfig.lib.json`),
    ),
  });
  write('tsconfig.spec.json', {
    extends: extend,
    compilerOptions: {
      types: ['node', 'jest'],
      outDir: 'out-tsc/spec',
      tsBuildInfoFile: 'out-tsc/tsconfig.spec.tsbuildinfo',
      rootDir: '.',
    },
    include: ['src/**/*.spec.ts'],
    references: references(['./tsconfig.lib.json']),
  });
  write('LICENSE', readFileSync(new URL('../../../LICENSE', import.meta.url), 'utf8'));
  // A folder outside the workspace is not part of its build.
  if (folder.startsWith('packages/'))
    updateJson(tree, 'tsconfig.json', (json) => ({
      ...json,
      references: [...json.references, { path: `./${folder}` }],
    }));
  await formatFiles(tree);
  return () =>
    logger.info(`\nNext: npm install, then npx nx test ${name}. In a config: { module: '${packageName}' }.`);
}

export const headGenerator = (tree, options) => partGenerator(tree, 'head', options);
export const lossGenerator = (tree, options) => partGenerator(tree, 'loss', options);
export const backboneGenerator = (tree, options) => partGenerator(tree, 'backbone', options);

const FORMATS = 'packages/datasets/src/formats';

/** A format of data sets, beside the others. */
export async function readerGenerator(tree, { name: given, register = true }) {
  const names = namesOf(given);
  const { name, camel, pascal } = names;
  const folder = `${FORMATS}/${name}`;
  if (tree.exists(folder)) throw new Error(`${folder} already exists.`);
  for (const [file, content] of Object.entries(readerFiles(names))) tree.write(`${folder}/${file}`, content);
  if (register) {
    change(tree, `${FORMATS}/readers.ts`, [
      [
        'import type { DatasetReader }',
        `import { ${camel}Reader } from './${name}/reader.js';\nimport type { DatasetReader }`,
      ],
      ['  jsonReader,\n];', `  jsonReader,\n  ${camel}Reader,\n];`],
    ]);
    change(tree, 'packages/datasets/src/index.ts', [
      [
        'export { readVg500,',
        `export { read${pascal}, type ${pascal}Options } from './formats/${name}/read-${name}.js';\nexport { readVg500,`,
      ],
    ]);
  }
  await formatFiles(tree);
  return () =>
    logger.info(
      `\nNext: npx nx test datasets. Then add it to packages/datasets/README.md and docs/reference/data.md, and the options in apps/trainer/src/program.spec.ts (CONTRIBUTING.md, "A format of data sets").`,
    );
}

/** Replaces pieces of a file, each of which must be there. */
function change(tree, path, replacements) {
  let text = tree.read(path, 'utf8');
  for (const [from, to] of replacements) {
    if (!text.includes(from))
      throw new Error(`${path}: "${from}" was not found; the generator must be updated.`);
    text = text.replace(from, () => to);
  }
  tree.write(path, text);
}
