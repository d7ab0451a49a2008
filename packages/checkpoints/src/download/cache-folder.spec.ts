import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.js';

it.each([
  [{ POLYTAG_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a'],
  [{ XDG_CACHE_HOME: '/b' }, join('/b', 'polytag')],
  [{ POLYTAG_CACHE: '', XDG_CACHE_HOME: '' }, join(homedir(), '.cache', 'polytag')],
])('of %j is %s', (environment, folder) => {
  expect(cacheFolder(environment)).toBe(folder);
});
