// The environment of every spec: Node's own, with three differences.
//
// Arrays are those of Node itself: the native side of onnxruntime makes such, and refuses others.
//
// Globals are plain. Jest puts them behind interceptors and a proxy, where each look-up of `Math` or `Float32Array`
// costs ten times as much; a spec has a context of its own either way.
//
// Each spec file starts with no modules, so Jest reads, compiles and lexes TensorFlow.js anew for each of some hundred
// files. What depends on the text alone is kept in the worker here: V8's code cache of a CommonJS file, and the list of
// its exports. The modules themselves are made anew for each spec, as before.
import { createRequire } from 'node:module';
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/** Text of a file to V8's code cache of it; V8 refuses one from before a flag was set, as the engine sets one. */
const codeCaches = new Map();

/** Code from a cache has lost how its host imports, and what its `import.meta` is. */
const asksItsHost = (source) => /(?<![.\w])import\s*(?:\(|\.\s*meta)/.test(source);

const { compileFunction, createContext, SourceTextModule } = vm;
vm.createContext = (_, ...options) => createContext(vm.constants.DONT_CONTEXTIFY, ...options);
vm.compileFunction = (source, parameters, options) => {
  const cachedData = codeCaches.get(source);
  const produceCachedData = !cachedData && !asksItsHost(source);
  const compiled = compileFunction(source, parameters, { ...options, cachedData, produceCachedData });
  if (produceCachedData) codeCaches.set(source, compiled.cachedData);
  else if (compiled.cachedDataRejected) codeCaches.delete(source);
  return compiled;
};
vm.SourceTextModule = new Proxy(SourceTextModule, {
  construct(_, [source, options]) {
    const cachedData = codeCaches.get(source);
    if (cachedData) {
      try {
        return new SourceTextModule(source, { ...options, cachedData });
      } catch (error) {
        if (error.code !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw error;
      }
    }
    const compiled = new SourceTextModule(source, options);
    if (!asksItsHost(source)) codeCaches.set(source, compiled.createCachedData());
    return compiled;
  },
});

/** Text of a file to the names that it exports. */
const exportsOf = new Map();

// The copy that Jest itself uses.
const lexer = createRequire(createRequire(import.meta.url).resolve('jest-runtime'))('cjs-module-lexer');
const { parse } = lexer;
lexer.parse = (source) => {
  const known = exportsOf.get(source) ?? parse(source);
  exportsOf.set(source, known);
  return known;
};

export default class extends TestEnvironment {
  constructor(...options) {
    super(...options);
    Object.assign(this.global, { Float32Array, BigInt64Array, Uint16Array, Int8Array });
  }
}
