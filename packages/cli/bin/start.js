import { whileLoading } from './while-loading.js';

/**
 * Starts a command line, and exits with its status. The version of Node is asked before anything big is imported, in
 * words that old versions know: what follows would fail with a riddle there.
 *
 * @param {() => Promise<{ main(argv: string[]): Promise<number> }>} program imports it
 */
export function start(program) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`error: Polytag needs Node 20.19 or newer (this is ${process.versions.node}).`);
    process.exitCode = 2;
    return;
  }
  whileLoading(program)
    .then(({ main }) => main(process.argv.slice(2)))
    .then((status) => {
      process.exitCode = status;
    });
}
