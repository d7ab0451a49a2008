// Looks at what npm would publish of each package and app, and ends with 1 when something is wrong:
//   node tools/publish/check.mjs        after `npm run build`
//
// A package must hold README.md, LICENSE and its built sources only (no specs, no fixtures, nothing built from a
// source that is gone); every path under `exports`, `imports` and `bin` must be in it; every import of its sources must be declared;
// a source map must hold its sources, which are not packed. @polytag/metrics and @polytag/onnx-runtime must ask for no TensorFlow.js,
// nor anything that they depend on. A loss in a page must stay small. The YAML files that GitHub reads must parse, and CITATION.cff
// must hold what its schema requires.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../..');
const projects = ['packages', 'apps']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  // The page is published inside the evaluator.
  .filter((folder) => !JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).private);

/** Paths of the files in each package, by its name. */
function packedFiles() {
  const { stdout, stderr, status } = spawnSync(
    'npm',
    ['pack', '--dry-run', '--json', '--ignore-scripts', '--workspace', 'packages', '--workspace', 'apps'],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, shell: process.platform === 'win32' },
  );
  if (status !== 0) throw new Error(`npm pack fails:\n${stderr}`);
  return new Map(
    Object.values(JSON.parse(stdout)).map(({ name, files }) => [name, files.map(({ path }) => path)]),
  );
}

/** Why a packed file does not belong there, or undefined. */
function misplaced(folder, path) {
  if (/\.(spec|fixture)\.|\.tsbuildinfo$|^dist\/spec\//.test(path))
    return 'is for tests or the compiler only';
  const built = /^dist\/(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(path);
  if (built && !existsSync(join(folder, 'src', `${built[1]}.ts`)))
    return 'is built from a source that is gone: delete that dist folder, run `npx nx reset` and build again';
  return undefined;
}

/** Names of the packages that the packed sources import. */
function imported(folder, files) {
  // Scripts of the page are bundled.
  const scripts = files.filter((path) => /\.(d\.ts|js)$/.test(path) && !path.startsWith('page/'));
  const specifiers = scripts.flatMap((path) =>
    ts
      .preProcessFile(readFileSync(join(folder, path), 'utf8'), true, true)
      .importedFiles.map(({ fileName }) => fileName),
  );
  const names = specifiers
    // Its own files, those under `imports`, and what Node has.
    .filter((specifier) => !/^(#|\.)/.test(specifier) && !isBuiltin(specifier))
    .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
  return new Set(names);
}

/** Source maps that point to sources which nobody gets. */
const dangling = (folder, files) =>
  files.filter((path) => {
    if (!path.endsWith('.map')) return false;
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(folder, path), 'utf8'));
    return sourcesContent?.length !== sources.length;
  });

/** What npm installs with a package, of this repository and from elsewhere: dependencies, and peers that are not optional. */
function installedWith(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const folder = name.startsWith('@polytag/') && join(root, 'packages', name.slice('@polytag/'.length));
  if (!folder) return seen;
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const peers = Object.keys(peerDependencies ?? {}).filter((peer) => !peerDependenciesMeta?.[peer]?.optional);
  for (const needed of [...Object.keys(dependencies ?? {}), ...peers]) installedWith(needed, seen);
  return seen;
}

const targets = (value) =>
  typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(targets);

function problemsOf(folder) {
  const { name, exports, imports, bin, dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const files = packed.get(name);
  const missing = ['README.md', 'LICENSE'].filter((path) => !files.includes(path));
  const named = [...targets(exports), ...targets(imports), ...targets(bin)].map((path) =>
    path.replace('./', ''),
  );
  // The sources are for the workspace alone, under a condition that no one else sets.
  const absent = named.filter((path) => !path.startsWith('src/') && !files.includes(path));
  const declared = new Set([name, ...Object.keys({ ...dependencies, ...peerDependencies })]);
  return [
    ...missing.map((path) => `has no ${path}`),
    ...files
      .flatMap((path) => misplaced(folder, path) && `${path} ${misplaced(folder, path)}`)
      .filter(Boolean),
    ...dangling(folder, files).map((path) => `${path} does not hold its sources`),
    ...absent.map((path) => `exports ${path}, which is not packed`),
    ...[...imported(folder, files)]
      .filter((used) => !declared.has(used))
      .map((used) => `imports ${used}, undeclared`),
  ].map((problem) => `${name}: ${problem}`);
}

/** Bytes of a page that takes one loss, minified, without TensorFlow.js. */
async function bytesOfLoss() {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { aamAsl } from '@polytag/losses/aam-asl'; globalThis.loss = aamAsl;",
      resolveDir: root,
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    external: ['@tensorflow/*'],
  });
  return outputFiles[0].contents.length;
}

/** Most that such a page may take. Measured: 26 kB; with zod in place of zod/mini 81 kB. */
const MOST_BYTES_OF_LOSS = 60_000;

/** Fields that Citation File Format 1.2.0 requires. */
const CITATION = ['authors', 'cff-version', 'message', 'title'];

/** What is wrong with the YAML files that GitHub reads. */
function yamlProblems() {
  const { parse } = createRequire(join(root, 'packages/cli/package.json'))('yaml');
  const files = readdirSync(join(root, '.github'), { recursive: true })
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => join('.github', file));
  return [...files, 'CITATION.cff'].flatMap((file) => {
    try {
      const content = parse(readFileSync(join(root, file), 'utf8'));
      if (file !== 'CITATION.cff') return [];
      return CITATION.filter((field) => !content[field]?.length).map((field) => `${file}: has no ${field}`);
    } catch (error) {
      return [`${file}: ${error.message}`];
    }
  });
}

const packed = packedFiles();
const bytes = await bytesOfLoss();
const tensorflow = ['@polytag/metrics', '@polytag/onnx-runtime'].flatMap((light) =>
  [...installedWith(light)]
    .filter((name) => name.startsWith('@tensorflow/'))
    .map((name) => `${light}: installs ${name}, which it does not need`),
);
const problems = [
  ...projects.flatMap(problemsOf),
  ...(bytes > MOST_BYTES_OF_LOSS
    ? [`@polytag/losses: a page with one loss takes ${bytes} bytes, at most ${MOST_BYTES_OF_LOSS} are wanted`]
    : []),
  ...tensorflow,
  ...yamlProblems(),
];
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`${projects.length} packages are fit to publish`);
process.exitCode = problems.length === 0 ? 0 : 1;
