import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { formatFiles, joinPathFragments, logger, readJson, updateJson } from '@nx/devkit';
import { assertImportsNone, namesOf, unusable } from './names.js';
import { DEPENDENCIES, readmeOf, SOURCES, specOf } from './part-files.js';
import { readerFiles } from './reader-files.js';

/** Refuses what a schema does not name: Nx passes it on, and a misspelt option would do nothing. */
function assertOptions(options, schema) {
  const { properties } = JSON.parse(readFileSync(new URL(schema, import.meta.url), 'utf8'));
  const known = Object.keys(properties);
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown === undefined) return;
  const listed = known.map((option) => `--${option}`).join(' and ');
  throw new Error(`There is no option --${unknown}. The options are ${listed}.`);
}

/** Writes a new package for a part, like those in `packages/`, with the conformance kit. */
async function partGenerator(tree, kind, options) {
  assertOptions(options, './part-schema.json');
  const { name: given, directory } = options;
  const names = namesOf(given);
  const { name, camel, pascal } = names;
  const folder = folderOf(directory ?? `packages/${name}`);
  if (tree.children(folder).length > 0) {
    throw new Error(`${folder} already exists. Take another name, or another folder with --directory.`);
  }
  assertNewPackage(tree, name);
  const source = SOURCES[kind](names);
  assertImportsNone(source, [camel, `${camel}Schema`, `${pascal}Options`], name);
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
  write('src/index.ts', source);
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
      // As `npx nx sync` writes them: it takes any other way to the same file for a stale reference.
      needed.map((dependency) =>
        posix.relative(folder, `packages/${dependency.split('/')[1]}/tsconfig.lib.json`),
      ),
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
  // A folder outside the workspace is not part of its build; of one inside, `npx nx sync` asks for it.
  if (isOfWorkspace(tree, folder))
    updateJson(tree, 'tsconfig.json', (json) => ({
      ...json,
      references: [...json.references, { path: `./${folder}` }],
    }));
  await formatFiles(tree);
  return () =>
    logger.info(
      `\nNext: npm install, then npx nx test ${name}. For a config: npx nx build ${name}, then { module: '${packageName}' }.`,
    );
}

/** A folder of the workspace, without `./` and a slash at its end. */
function folderOf(directory) {
  const folder = posix.normalize(directory).replace(/\/$/, '');
  if (posix.isAbsolute(folder) || /^\.\.?(\/|$)/.test(folder) || /^[a-z]:|\\/i.test(folder)) {
    throw new Error(
      `--directory ${directory} is no folder below this one: give one such as packages/my-head.`,
    );
  }
  return folder;
}

/** Whether npm and Nx take a package in this folder for one of the workspace: `workspaces` lists their parents as `…/*`. */
const isOfWorkspace = (tree, folder) =>
  readJson(tree, 'package.json').workspaces.includes(`${posix.dirname(folder)}/*`);

/** Two packages of a workspace cannot have one name. */
function assertNewPackage(tree, name) {
  for (const parent of ['packages', 'apps', 'tools', 'examples'])
    for (const child of tree.children(parent)) {
      const manifest = `${parent}/${child}/package.json`;
      if (tree.exists(manifest) && readJson(tree, manifest).name === `@polytag/${name}`)
        throw unusable(name, `is the name of the package in ${parent}/${child}`);
    }
}

export const headGenerator = (tree, options) => partGenerator(tree, 'head', options);
export const lossGenerator = (tree, options) => partGenerator(tree, 'loss', options);
export const backboneGenerator = (tree, options) => partGenerator(tree, 'backbone', options);

const FORMATS = 'packages/datasets/src/formats';

/** A format of data sets, beside the others. */
export async function readerGenerator(tree, options) {
  assertOptions(options, './reader-schema.json');
  const { name: given, register = true } = options;
  const names = namesOf(given);
  const { name, camel, pascal } = names;
  const folder = `${FORMATS}/${name}`;
  if (tree.exists(folder)) throw new Error(`${folder} already exists. Take another name.`);
  const files = readerFiles(names);
  const declared = [`read${pascal}`, `${camel}Reader`, `${camel}Samples`, `${pascal}Options`];
  for (const [file, content] of Object.entries(files)) {
    // A spec imports what the others declare.
    if (!file.endsWith('.spec.ts')) assertImportsNone(content, declared, name);
  }
  const exported = tree.read('packages/datasets/src/index.ts', 'utf8').match(/\w+/g);
  const clash = declared.find((word) => exported.includes(word));
  if (register && clash) throw unusable(name, `would declare ${clash}, which @polytag/datasets exports`);
  for (const [file, content] of Object.entries(files)) tree.write(`${folder}/${file}`, content);
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
      `\nNext: npx nx test datasets; npx tsc -b for polytag-train prepare ${name}. Then add it to packages/datasets/README.md and docs/reference/data.md, and the options in apps/trainer/src/program.spec.ts (CONTRIBUTING.md, "A format of data sets").`,
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
