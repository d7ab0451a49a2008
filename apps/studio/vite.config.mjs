import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readFile, readdir } from 'node:fs/promises';
import { defineConfig } from 'vite';

const wasm = join(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json')),
  'dist',
);

/** The binary of the wasm engine, which the page fetches from beside itself. Threads, and machines without SIMD, are not used. */
const wasmBinary = {
  name: 'wasm-binary',
  async generateBundle() {
    const name = 'tfjs-backend-wasm-simd.wasm';
    this.emitFile({ type: 'asset', fileName: `wasm/${name}`, source: await readFile(join(wasm, name)) });
  },
};

/** Lists the files of the page in its service worker, which keeps them for use without a network. */
const precached = {
  name: 'precached',
  async generateBundle(_, bundle) {
    const own = await readdir(new URL('public', import.meta.url), { recursive: true, withFileTypes: true });
    const still = own
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).split('/public/')[1]);
    const names = [...Object.keys(bundle), ...still].filter(
      (name) => name !== 'sw.js' && !name.endsWith('.map'),
    );
    const source = await readFile(new URL('src/offline/sw.js', import.meta.url), 'utf8');
    // The names of the other files tell what is in them.
    const version = createHash('sha256').update(names.sort().join() + source);
    for (const name of still.sort())
      version.update(await readFile(new URL(`public/${name}`, import.meta.url)));
    this.emitFile({
      type: 'asset',
      fileName: 'sw.js',
      source: source
        .replace('/* FILES */ []', JSON.stringify(['./', ...names]))
        .replace("/* VERSION */ ''", JSON.stringify(version.digest('hex').slice(0, 12))),
    });
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  resolve: { conditions: ['browser', 'import', 'module', 'default'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../evaluator/page',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    // An encoder in an ONNX file needs a runtime that the page does not bring: loading one says so.
    rolldownOptions: { external: [/^onnxruntime-web/] },
  },
  worker: {
    format: 'es',
    rolldownOptions: { external: [/^onnxruntime-web/] },
  },
  plugins: [wasmBinary, precached],
});
