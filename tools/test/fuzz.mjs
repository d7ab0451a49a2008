// Damages files of every kind that Polytag reads, reads them, and prints what came of each kind.
//   npm run fuzz -- [--inputs N] [--first I] [--reader NAME]
// N inputs (default 200000) are divided among the readers; from I on (default 0), so that a long run can be done in
// pieces; of readers whose name holds NAME alone.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { inputs, first, reader } = parseArgs({
  options: {
    inputs: { type: 'string', default: '200000' },
    first: { type: 'string', default: '0' },
    reader: { type: 'string' },
  },
}).values;
for (const [name, text] of Object.entries({ inputs, first })) {
  if (/^\d+$/.test(text)) continue;
  console.error(`--${name} is "${text}", not a whole number`);
  process.exit(2);
}
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** Five formats of weights; label files, configs, run folders and model folders. */
const READERS = { 'packages/checkpoints': 5, 'tools/fuzz': 23 };
const all = Object.values(READERS).reduce((sum, count) => sum + count);

let failed = 0;
for (const [folder, readers] of Object.entries(READERS)) {
  const { status } = spawnSync(
    process.execPath,
    [
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
      ...[join(root, 'node_modules/jest/bin/jest.js'), '-w', '1', 'fuzz\\.spec'],
      ...(reader === undefined ? [] : ['-t', reader, '--passWithNoTests']),
    ],
    {
      cwd: join(root, folder),
      env: {
        ...process.env,
        POLYTAG_FUZZ_INPUTS: String(Math.ceil((Number(inputs) * readers) / all)),
        POLYTAG_FUZZ_EACH: String(Math.ceil(Number(inputs) / all)),
        POLYTAG_FUZZ_FIRST: first,
      },
      stdio: 'inherit',
    },
  );
  if (status !== 0) failed = 1;
}
process.exitCode = failed;
