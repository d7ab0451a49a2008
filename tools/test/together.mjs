// Several spec files as one. They share a context, its modules and an engine, which for most take longer to load than
// their tests take. Each becomes a block with its path for a name, so that its hooks are its own.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a spec calls while it is loaded. */
const DEFINING = [
  ...['describe', 'fdescribe', 'xdescribe', 'it', 'fit', 'xit', 'test', 'xtest'],
  ...['beforeAll', 'beforeEach', 'afterAll', 'afterEach'],
];

/**
 * Stands for a function of Jest: while a spec is loaded it adds what is called on it, or on what comes of it, to the
 * spec's calls. A block of Jest is defined at once, but a spec is loaded over time. A spec may keep it, as in
 * `const inBrowser = browser ? it : it.skip`, and call it in a block later: then it is the function of Jest.
 */
const recorded = (actual, spec) =>
  new Proxy(() => undefined, {
    get: (_, name) => recorded(() => actual()[name], spec),
    apply: (_, __, given) => {
      if (spec.isLoaded) return actual()(...given);
      let result;
      spec.calls.push(() => void (result = actual()(...given)));
      return recorded(() => result, spec);
    },
  });

/** What a spec defines, to be called in a block; a test that fails if it cannot be loaded. */
async function load(file) {
  const spec = { calls: [], isLoaded: false };
  const actual = Object.fromEntries(DEFINING.map((name) => [name, globalThis[name]]));
  for (const name of DEFINING) globalThis[name] = recorded(() => actual[name], spec);
  try {
    await import(file);
    return spec.calls;
  } catch (error) {
    const fail = () => {
      throw error;
    };
    return [() => actual.it('can be loaded', fail)];
  } finally {
    spec.isLoaded = true;
    Object.assign(globalThis, actual);
  }
}

/** Defines the tests of spec files, in turn. */
export async function together(files) {
  for (const file of files) {
    const calls = await load(file);
    const name = relative(root, file).replaceAll('\\', '/');
    globalThis.describe(name, () => calls.forEach((call) => call()));
  }
}
