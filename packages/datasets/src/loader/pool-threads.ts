/** Threads are started from the built package only: Node cannot start one from a TypeScript source. */
export const canStartThreads = (moduleUrl: string): boolean => !moduleUrl.endsWith('.ts');

/** Options of Node that say how a thread finds and reads modules, with `=` or the value that follows. */
const WITH_VALUE = new Set([
  '--import',
  '--require',
  '-r',
  '--conditions',
  '-C',
  '--loader',
  '--experimental-loader',
]);
const ALONE = new Set([
  '--enable-source-maps',
  '--experimental-strip-types',
  '--experimental-transform-types',
  '--no-warnings',
]);

/**
 * Arguments of Node for the threads of a pool (Piscina's `execArgv`). Piscina loads the file of a thread with `require`;
 * where that reads an ES module, Node ends the whole process ("IsGraphAsync must be used on an instantiated module") if
 * the thread is stopped meanwhile, as when a pool is closed soon after it was opened. Without `require` of ES modules
 * Piscina uses `import`, which is safe.
 *
 * @param given arguments of this process; those that threads do not take are left out
 */
export function threadArguments(given: readonly string[] = process.execArgv): string[] {
  const kept: string[] = [];
  given.forEach((argument, i) => {
    const [name] = argument.split('=', 1);
    if (ALONE.has(argument) || (WITH_VALUE.has(name) && argument !== name)) kept.push(argument);
    else if (WITH_VALUE.has(argument) && i + 1 < given.length) kept.push(argument, given[i + 1]);
  });
  return [...kept, '--no-experimental-require-module'];
}
