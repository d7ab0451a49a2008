import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** The absolute path with all links followed. Parts that do not exist yet are kept as given. */
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
