// Reads damaged files of weights of every format and prints what came of them.
//   npm run fuzz -- [--inputs N]       default 200000, divided among five formats
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { inputs } = parseArgs({ options: { inputs: { type: 'string', default: '200000' } } }).values;
if (!/^[1-9]\d*$/.test(inputs)) {
  console.error(`--inputs is "${inputs}", not a whole number above 0`);
  process.exit(2);
}
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { status } = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', join(root, 'node_modules/jest/bin/jest.js'), '-w', '1', 'src/fuzz'],
  {
    cwd: join(root, 'packages/checkpoints'),
    env: { ...process.env, POLYTAG_FUZZ_INPUTS: inputs },
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
