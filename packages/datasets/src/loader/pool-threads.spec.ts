import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { threadArguments } from './pool-threads.js';

it('keeps how modules are found and read, and leaves out what a thread refuses', () => {
  expect(
    threadArguments([
      ...['--max-old-space-size=4000', '--expose-gc', '--import', 'tsx', '-C', 'development'],
      ...['--conditions=other', '--no-warnings', '--experimental-vm-modules'],
    ]),
  ).toEqual([
    ...['--import', 'tsx', '-C', 'development', '--conditions=other', '--no-warnings'],
    '--no-experimental-require-module',
  ]);
});

it('starts threads that cannot require an ES module', async () => {
  const thread = new Worker(
    `const { parentPort } = require('node:worker_threads');
    const { writeFileSync, mkdtempSync } = require('node:fs');
    const path = mkdtempSync(require('node:os').tmpdir() + '/polytag-require-') + '/module.mjs';
    writeFileSync(path, 'export default 1;');
    try { require(path); parentPort.postMessage('read'); } catch (error) { parentPort.postMessage(error.code); }`,
    { eval: true, execArgv: threadArguments([]) },
  );
  expect(await once(thread, 'message')).toEqual(['ERR_REQUIRE_ESM']);
});
