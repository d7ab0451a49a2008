import { UsageError } from './errors.js';

it('quotes at most a line of a value, and leaves what stands between values', () => {
  const prose = 'is not a name of a part, and '.repeat(12);
  const { message, hint } = new UsageError('usage/x', `"${'y'.repeat(5000)}" ${prose}"b"\x1b[31m.`, {
    hint: `Not "${'z'.repeat(900)}".`,
  });
  expect(message).toBe(`"${'y'.repeat(120)}…" ${prose}"b"\\x1b[31m.`);
  expect(hint).toBe(`Not "${'z'.repeat(120)}…".`);
});
