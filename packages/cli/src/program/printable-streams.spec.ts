import { PassThrough } from 'node:stream';
import { Progress } from '../progress/progress.js';
import { printableStreams } from './printable-streams.js';

const streams = (terminal: object = {}) => {
  const out = Object.assign(new PassThrough(), terminal);
  const err = Object.assign(new PassThrough(), terminal);
  const read = (stream: PassThrough) => String(stream.read() ?? '');
  return { shown: printableStreams({ out, err }), out: () => read(out), err: () => read(err) };
};

it('shows control characters as escapes and keeps line breaks', () => {
  const { shown, out, err } = streams();
  shown.out.write('a\u001b]0;title\u0007\nb\r\u009b2J\u202e\n');
  shown.err.write('c\u001b[2K');
  expect(out()).toBe('a\\x1b]0;title\\x07\nb\\r\\x9b2J\\u202e\n');
  expect(err()).toBe('c\\x1b[2K');
});

it('is the stream otherwise', async () => {
  const { shown } = streams({ isTTY: true, columns: 40 });
  expect(shown.out).toMatchObject({ isTTY: true, columns: 40 });
  const drained = new Promise((done) => shown.out.once('finish', done));
  shown.out.end();
  await drained;
});

it('lets progress move the cursor, and no label in it', () => {
  const { shown, err } = streams({ isTTY: true, columns: 60 });
  const progress = new Progress(shown.err);
  progress.update({ label: 'read\u001b[2J', done: 1, total: 1 });
  expect(err()).toBe('\r\x1b[2Kread\\x1b[2J  1/1');
  progress.line('one\nerror: two');
  expect(err()).toBe('\r\x1b[2Kone\\nerror: two\n');
});
