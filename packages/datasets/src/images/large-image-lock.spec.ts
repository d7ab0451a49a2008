import {
  largeImageLock,
  useLargeImageLock,
  withLargeImageLock,
  withoutLargeImages,
} from './large-image-lock.js';

it('lets one job run at a time, gives the turn back after a failure, and asks nobody where nothing is shared', async () => {
  const events: string[] = [];
  const job = (name: string) => async () => {
    events.push(`${name} starts`);
    await new Promise((end) => setTimeout(end, 20));
    events.push(`${name} ends`);
    if (name === 'bad') throw new Error('no');
  };
  await Promise.all([withLargeImageLock(job('a')), withLargeImageLock(job('b'))]);
  expect(events.slice(0, 2)).toEqual(['a starts', 'b starts']);
  events.length = 0;
  useLargeImageLock(largeImageLock());
  const bad = withLargeImageLock(job('bad')).catch(({ message }: Error) => events.push(message));
  await Promise.all([bad, withLargeImageLock(job('c')), withLargeImageLock(job('d'))]);
  const turns = events.filter((event) => event !== 'no').map((event) => event.split(' '));
  for (let i = 0; i < turns.length; i += 2)
    expect([turns[i][0], turns[i][1], turns[i + 1][1]]).toEqual([turns[i + 1][0], 'starts', 'ends']);
  expect(turns).toHaveLength(6);
});

it('lets middling jobs run together, but none beside a large one, and a large one that waits goes first', async () => {
  useLargeImageLock(largeImageLock());
  const now = new Set<string>();
  const together: string[] = [];
  const job = (name: string) => async () => {
    now.add(name);
    together.push([...now].sort().join(' '));
    await new Promise((end) => setTimeout(end, 30));
    now.delete(name);
  };
  const first = [withoutLargeImages(job('m1')), withoutLargeImages(job('m2'))];
  const large = withLargeImageLock(job('LARGE'));
  const later = [withoutLargeImages(job('m3')), withoutLargeImages(job('m4'))];
  await Promise.all([...first, large, ...later]);
  expect(together.slice(0, 4)).toEqual(['m1', 'm1 m2', 'LARGE', expect.stringMatching(/^m[34]$/)]);
  expect(together[4]).toBe('m3 m4');
});
