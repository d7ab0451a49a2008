import { runInNewContext } from 'node:vm';
import { PartError, UsageError } from '../errors/errors.js';
import { cameFrom, inPart, notPromise, partTitle, reasonOf, shapeText } from './in-part.js';

const thrown = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

it('names a part by its kind, its name and its file, as far as it has them', () => {
  const part = { name: 'mean' };
  expect(partTitle('head', part)).toBe('head "mean"');
  cameFrom(part, '/own/mean.js');
  expect(partTitle('head', part)).toBe('head "mean" of /own/mean.js');
  expect(partTitle('loss', undefined)).toBe('loss');
  expect(partTitle('sink', {}, 'db')).toBe('sink "db"');
});

it('makes what a part throws a fault of the part, and leaves errors that say what to do', () => {
  const error = thrown(() =>
    inPart('head "mean"', 'apply', () => (undefined as never as { size: number }).size),
  );
  expect(error).toBeInstanceOf(PartError);
  expect(error).toMatchObject({ exitCode: 8, code: 'part/threw', cause: expect.any(TypeError) });
  expect((error as Error).message).toMatch(/^Head "mean": apply failed: .*size.*in-part\.spec\.ts:\d+\)$/);
  const usage = new UsageError('usage/x', 'told');
  expect(thrown(() => inPart('head', 'apply', () => { throw usage; }))).toBe(usage); // prettier-ignore
  expect(inPart('head', 'apply', () => 3)).toBe(3);
});

it('says what was thrown where it is no error, and no place inside a package', () => {
  expect(reasonOf('no')).toBe('it threw no');
  const far = Object.assign(new Error('shapes'), {
    stack: 'Error: shapes\n    at add (/a/node_modules/b/c.js:3:1)',
  });
  expect(reasonOf(far)).toBe('shapes');
});

it('refuses a promise, also one that fails', () => {
  expect(notPromise('loss "l"', 'elementwise', 4)).toBe(4);
  const error = thrown(() => notPromise('loss "l"', 'elementwise', Promise.reject(new Error('later'))));
  expect(error).toMatchObject({ code: 'part/promise', hint: expect.stringContaining('without async') });
});

it('writes open extents of a shape as question marks', () => {
  expect(shapeText([null, 17, undefined])).toBe('[?, 17, ?]');
});

it('reads an error of another realm as one', () => {
  expect(reasonOf(runInNewContext('new Error("far off")'))).toMatch(/^far off/);
});
