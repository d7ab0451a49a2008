/** No file needs itself, however long the way round; an import of types alone counts, since a reader follows it too. */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Move what both need (often an interface) into a file below them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    // Type-only imports are gone after compilation.
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', 'dist/'] },
    exclude: { path: ['/dist/', '^apps/evaluator/page/', '/out-tsc/', '/generated/', '^node_modules'] },
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      conditionNames: ['@polytag/source', 'import', 'node'],
      exportsFields: ['exports'],
    },
  },
};
