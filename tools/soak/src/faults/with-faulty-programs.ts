import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareBase } from './base-folder.js';
import { Programs } from './programs.js';
import { serveWeights } from './weight-server.js';

/** Makes all that `failWrites` needs in a folder of its own, and removes it in the end. */
export async function withFaultyPrograms(
  job: (made: { readonly programs: Programs; readonly base: string }) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-faults-'));
  const base = join(folder, 'base');
  const server = await serveWeights(() => readFile(join(base, 'model/model.safetensors')));
  const programs = new Programs({ POLYTAG_MIRROR: server.url });
  try {
    await prepareBase(base, programs);
    await job({ programs, base });
  } finally {
    programs.close();
    server.close();
    await rm(folder, { recursive: true });
  }
}
