import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Imports go down only: what each layer of the house may use. Packages tagged `part` are siblings and never meet. */
const below = {
  core: [],
  // Node alone has files: what engines and layers are made of stays usable in a page.
  files: ['core'],
  ops: ['core'],
  // What computes takes the operations alone, so that it runs beside any TensorFlow.js, on any of its backends.
  // Kernels in C, which know no tensor.
  native: [],
  engine: ['core', 'native', 'ops'],
  layers: ['core', 'ops'],
  part: ['core', 'files', 'ops', 'layers'],
  // Runs exported models without TensorFlow.js: no layers here.
  onnx: ['core', 'files', 'part'],
  // Runs jobs and knows none: what a job does is its app's.
  queue: ['core', 'files', 'part'],
  model: ['core', 'files', 'ops', 'layers', 'part', 'onnx'],
  // Its threads start an engine each.
  evaluation: ['core', 'files', 'ops', 'engine', 'layers', 'part', 'onnx', 'model'],
  pipeline: ['core', 'files', 'ops', 'engine', 'layers', 'part', 'onnx', 'model', 'evaluation'],
  testing: ['core', 'files', 'ops', 'engine', 'layers', 'part'],
  // Parts of somebody's own, as tools/generators makes them: with the kit that checks them.
  own: ['core', 'files', 'ops', 'engine', 'layers', 'part', 'testing'],
  app: [
    'core',
    'files',
    'ops',
    'engine',
    'layers',
    'part',
    'onnx',
    'queue',
    'model',
    'evaluation',
    'pipeline',
  ],
  tool: [
    'core',
    'files',
    'ops',
    'native',
    'engine',
    'layers',
    'part',
    'onnx',
    'queue',
    'model',
    'evaluation',
    'pipeline',
    'testing',
    'app',
  ],
};

/** Which layers each may import; `more` beside those below it. `options` are the rule's. */
const boundaries = (more = [], options = {}) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      enforceBuildableLibDependency: false,
      // A package's own file for Node or for browsers, chosen under `imports` of its package.json. A regular expression.
      allow: ['^#'],
      // A verb imports its work when it runs, and what does the work imports it at once.
      checkDynamicDependenciesExceptions: ['.*'],
      ...options,
      depConstraints: Object.entries(below).map(([layer, allowed]) => {
        const layers = [...new Set([...allowed, ...(allowed.includes('ops') ? more : [])])];
        return {
          sourceTag: `layer:${layer}`,
          onlyDependOnLibsWithTags: layers.length ? layers.map((name) => `layer:${name}`) : ['layer:none'],
        };
      }),
    },
  ],
});

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/out-tsc/**',
      '**/node_modules/**',
      '.nx/**',
      'packages/engine/assembly/**',
      'packages/engine/src/wasm/generated/**',
      'packages/export/src/onnx/generated/**',
      'apps/evaluator/page/**',
      '**/tmp/**',
      'runs/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    plugins: { '@nx': nx },
    rules: {
      ...boundaries(),
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'no-console': 'error',
    },
  },
  {
    // Tests run on every engine, and an example imports its own package as its users do.
    files: ['**/*.spec.ts', '**/*.fixture.ts'],
    rules: boundaries(['engine'], { allowCircularSelfDependency: true }),
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        WebAssembly: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  {
    files: ['apps/studio/vite.config.mjs', 'apps/studio/src/offline/sw.js'],
    languageOptions: {
      globals: {
        ...{ caches: 'readonly', crypto: 'readonly', fetch: 'readonly', location: 'readonly' },
        ...{ Response: 'readonly', self: 'readonly', TextEncoder: 'readonly' },
      },
    },
  },
);
