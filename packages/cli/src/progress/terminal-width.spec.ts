import { PassThrough } from 'node:stream';
import { terminalWidth } from './terminal-width.js';

it('is known of a terminal only', () => {
  expect(terminalWidth(new PassThrough())).toBeUndefined();
  expect(terminalWidth(Object.assign(new PassThrough(), { isTTY: true, columns: 72 }))).toBe(72);
});
