import { BlockingThread } from './blocking-thread.js';

/** A thread from a line of code, which has `port`, `answer` and `data`. */
function started(code: string, data: unknown = undefined): BlockingThread<number, number> {
  const module = `import { workerData } from 'node:worker_threads';
    const { port, answered, data } = workerData;
    const answer = (value) => { port.postMessage(value); Atomics.store(answered, 0, 1); Atomics.notify(answered, 0); };
    ${code}`;
  return new BlockingThread(new URL(`data:text/javascript,${encodeURIComponent(module)}`), data, 'a.onnx');
}

const ended = (why: RegExp) =>
  expect.objectContaining({ code: 'engine/onnx-thread', message: expect.stringMatching(why) });

it('gives the answers of a thread in the order of the questions', () => {
  const thread = started(`port.on('message', (x) => answer(x * data)); answer(0);`, 3);
  expect(thread.answer()).toBe(0);
  expect([1, 2, 5].map((x) => thread.ask(x))).toEqual([3, 6, 15]);
  thread.close();
});

it.each([
  ['throws as it starts', `throw new Error('no such file');`, /a\.onnx stopped: no such file/],
  ['leaves as it starts', `process.exit(7);`, /ended with status 7/],
])('is an error where a thread %s', (_, code, why) => {
  const thread = started(code);
  expect(() => thread.answer()).toThrow(ended(why));
});

it.each([
  ['throws', `throw new Error('out of luck');`, /out of luck/],
  ['leaves', `process.exit(7);`, /ended with status 7/],
])('is an error where a thread %s instead of an answer, and for every question after it', (_, code, why) => {
  const thread = started(`port.on('message', (x) => { if (x < 2) answer(x); else { ${code} } }); answer(0);`);
  expect(thread.answer()).toBe(0);
  expect(thread.ask(1)).toBe(1);
  expect(() => thread.ask(2)).toThrow(ended(why));
  expect(() => thread.ask(1)).toThrow(ended(why));
});

it('gives the answer of a thread that ends after it', () => {
  const thread = started(`answer(4); setTimeout(() => process.exit(), 0);`);
  expect(thread.answer()).toBe(4);
  expect(() => thread.answer()).toThrow(ended(/status 0/));
});
