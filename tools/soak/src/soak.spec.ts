import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { soak } from './soak.js';

// Each kill is a run of its own.
jest.setTimeout(120_000);

const built = existsSync(fileURLToPath(new URL('../../../apps/trainer/dist/index.js', import.meta.url)));
if (!built) process.stderr.write('No run is killed: build the trainer first.\n');

// `npm run soak` kills a hundred times; this is the short version.
(built ? it : it.skip)('a run that is killed at random moments ends like one that was not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-soak-'));
  try {
    const { kills, runs } = await soak({ folder, kills: 3, seed: Date.now() % 2 ** 31 });
    expect(kills).toBe(3);
    expect(runs).toBeGreaterThan(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});
