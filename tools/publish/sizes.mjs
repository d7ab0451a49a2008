// How large the code behind each entry point is: bundled and minified with what it takes of this repository, without packages
// from elsewhere. sizes.json has the limits.
//   node tools/publish/sizes.mjs            writes limits a tenth above what is there, after `npm run build`
//   node tools/publish/sizes.mjs --check    ends with 1 where one is passed, or where an entry point has none
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { entryPoints, published, readManifest, root } from './packages.mjs';

const file = join(import.meta.dirname, 'sizes.json');
/** Limits are whole steps of so many bytes. */
const STEP = 1000;

/** Leaves to others what is not of this repository, whatever it is: sizes are of our own code. */
const ownCodeOnly = {
  name: 'own-code-only',
  setup({ onResolve }) {
    onResolve({ filter: /^[^.#/]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@polytag/') ? undefined : { path, external: true },
    );
  },
};

async function bytesOf(name) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${name}';`, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    loader: { '.node': 'empty', '.wasm': 'empty' },
    plugins: [ownCodeOnly],
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0].contents.length;
}

const names = published().flatMap((folder) =>
  entryPoints(readManifest(join(root, folder))).map(({ name }) => name),
);
const found = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await bytesOf(name)])));
if (process.argv.includes('--check')) {
  const limits = JSON.parse(readFileSync(file, 'utf8'));
  const problems = [
    ...names
      .filter((name) => !(found[name] <= limits[name]))
      .map(
        (name) =>
          `${name} takes ${found[name]} bytes, and at most ${limits[name] ?? 'nothing'} is wanted: tools/publish/sizes.json`,
      ),
    ...Object.keys(limits)
      .filter((name) => !names.includes(name))
      .map((name) => `tools/publish/sizes.json: ${name} is no entry point`),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(`${names.length} entry points are within their sizes`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} else {
  const limits = Object.fromEntries(
    Object.entries(found).map(([name, bytes]) => [name, STEP * Math.ceil((1.1 * bytes) / STEP)]),
  );
  writeFileSync(file, `${JSON.stringify(limits, null, 2)}\n`);
}
