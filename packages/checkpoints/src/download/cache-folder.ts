import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folder of downloads: `POLYTAG_CACHE`, else `polytag` in `XDG_CACHE_HOME`, else `~/.cache/polytag`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { POLYTAG_CACHE, XDG_CACHE_HOME } = environment;
  return POLYTAG_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'polytag');
}
