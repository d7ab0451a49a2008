import { basename } from 'node:path';
import { nameToShare } from './name-to-share.js';

it.each([
  ['/home/anna/runs/first/best', 'first/best'],
  ['/home/anna/runs/first/best/', 'first/best'],
  ['runs/first/../second/best', 'second/best'],
  ['/best', 'best'],
  ['/', ''],
])('calls %s %s', (path, name) => {
  expect(nameToShare(path)).toBe(name);
});

it('names the folder of a name alone', () => {
  expect(nameToShare('val.json')).toBe(`${basename(process.cwd())}/val.json`);
});
