// Runs one command line after the other in one process, each told by a message, so that TensorFlow.js is loaded once.
// What it answers is what a process of its own would have ended with, and what was written.
import { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { letFail, written } from './faulty-files.mjs';

const programs = {};
let thrown = '';
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => void (thrown += `${event}: ${error?.stack ?? error}\n`));

const taking = () => {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream, text: () => text };
};
const threads = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

process.on('message', async ({ index, argv, cwd, env, fault }) => {
  process.chdir(cwd);
  Object.assign(process.env, env);
  programs[index] ??= await import(index);
  const [out, err] = [taking(), taking()];
  const before = threads();
  letFail(fault);
  const status = await programs[index].main(argv, { out: out.stream, err: err.stream });
  // What a stream or a forgotten promise throws comes later.
  await pause(5);
  const noted = written();
  letFail({ at: 0, turn: 0, root: '' });
  const left = threads() - before;
  process.send({
    status: thrown === '' ? status : 1,
    err: err.text() + thrown + (left > 0 ? `\n    at ${left} threads that go on\n` : ''),
    ...noted,
  });
  thrown = '';
});
process.send('ready');
