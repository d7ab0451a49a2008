import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Where a path leads when links are followed, absolute; what does not exist yet stays as it is named. */
export async function realPath(path: string): Promise<string> {
  const whole = resolve(path);
  const missing: string[] = [];
  for (let there = whole; ; there = dirname(there)) {
    const real = await realpath(there).catch(() => undefined);
    if (real !== undefined) return join(real, ...missing);
    if (dirname(there) === there) return whole;
    missing.unshift(basename(there));
  }
}
