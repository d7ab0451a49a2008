import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { failWrites, prepareFaults, VERBS } from './faults.js';

// Each fault is a run of its own.
jest.setTimeout(120_000);

const built = ['trainer', 'evaluator'].every((app) =>
  existsSync(fileURLToPath(new URL(`../../../apps/${app}/dist/index.js`, import.meta.url))),
);
if (!built) process.stderr.write('No write is made to fail: build the apps first.\n');

// `npm run soak -- --faults` lets every write of every verb fail; this is the short version.
(built ? it : it.skip)(
  'a verb whose write fails ends with 7, leaves nothing half-written and can be run again',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polytag-faults-'));
    try {
      const base = join(folder, 'base');
      await prepareFaults(base);
      const verb = (name: string) => VERBS.find((one) => one.name === name)!;
      expect(await failWrites(verb('init'), base)).toEqual({ writes: 5, tried: 5 });
      // The folder, then a file for each split: written, flushed, renamed.
      expect((await failWrites(verb('prepare'), base)).tried).toBe(5);
      expect((await failWrites(verb('fit'), base, { every: 33 })).tried).toBeGreaterThan(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  600_000,
);
