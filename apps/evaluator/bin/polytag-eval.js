#!/usr/bin/env node
// Asked before anything is imported, in words that old versions know: what follows would fail with a riddle there.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`error: Polytag needs Node 20.19 or newer, this is ${process.versions.node}.`);
  process.exitCode = 2;
} else {
  import('../dist/index.js')
    .then(({ main }) => main(process.argv.slice(2)))
    .then((status) => {
      process.exitCode = status;
    });
}
