import { PassThrough } from 'node:stream';
import { duration, Progress } from './progress.js';

function capture(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 60 });
  return { stream, text: () => (stream.read() ?? '').toString() as string };
}

it.each([
  [0, '0:00'],
  [75, '1:15'],
  [3599.6, '1:00:00'],
  [4000, '1:06:40'],
])('writes %p seconds as %p', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it('writes plain lines, not more often than the interval, and always the last', () => {
  const { stream, text } = capture(false);
  let now = 0;
  const progress = new Progress(stream, { plainInterval: 10, now: () => now });
  for (let done = 1; done <= 25; done++, now++)
    progress.update({ label: 'epoch 1/2', done, total: 25, secondsLeft: 25 - done });
  const lines = text().trimEnd().split('\n');
  expect(lines).toEqual([
    'epoch 1/2  1/25  0:24 left',
    'epoch 1/2  11/25  0:14 left',
    'epoch 1/2  21/25  0:04 left',
    'epoch 1/2  25/25',
  ]);
});

it('shows how far a job is whose end nobody knows', () => {
  const { stream, text } = capture(false);
  new Progress(stream, { now: () => 0 }).update({ label: 'fetching', done: 3, rate: '2 MB/s' });
  expect(text()).toBe('fetching  3  2 MB/s\n');
});

it('writes over one line on a terminal, no wider than it, and clears it for a lasting line', () => {
  const { stream, text } = capture(true);
  const progress = new Progress(stream, { now: () => 0 });
  progress.update({ label: 'x'.repeat(100), done: 1, total: 2 });
  progress.line('done');
  const [shown, rest] = text().slice(1).split('\r');
  expect(shown.replace('\x1b[2K', '')).toHaveLength(59);
  expect(rest).toBe('\x1b[2Kdone\n');
});
