import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Imports go down only: what each layer of the house may use. Packages tagged `part` are siblings and never meet. */
const below = {
  core: [],
  // Node alone has files: what engines and layers are made of stays usable in a page.
  files: ['core'],
  engine: ['core'],
  layers: ['core', 'engine'],
  part: ['core', 'files', 'engine', 'layers'],
  model: ['core', 'files', 'engine', 'layers', 'part'],
  evaluation: ['core', 'files', 'engine', 'layers', 'part', 'model'],
  pipeline: ['core', 'files', 'engine', 'layers', 'part', 'model', 'evaluation'],
  testing: ['core', 'files', 'engine', 'layers', 'part'],
  app: ['core', 'files', 'engine', 'layers', 'part', 'model', 'evaluation', 'pipeline'],
  tool: ['core', 'files', 'engine', 'layers', 'part', 'model', 'evaluation', 'pipeline', 'testing', 'app'],
};

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/out-tsc/**',
      '**/node_modules/**',
      'packages/engine/assembly/**',
      'packages/engine/src/wasm/generated/**',
      '**/tmp/**',
      'runs/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          // A package's own file for Node or for browsers, chosen under `imports` of its package.json.
          allow: ['#*'],
          depConstraints: Object.entries(below).map(([layer, allowed]) => ({
            sourceTag: `layer:${layer}`,
            onlyDependOnLibsWithTags: allowed.length
              ? allowed.map((name) => `layer:${name}`)
              : ['layer:none'],
          })),
        },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
    },
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
);
