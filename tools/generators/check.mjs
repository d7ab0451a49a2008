// Generates one of each kind in this checkout, holds it to formatting, lint, types and its spec, and removes it again:
//   node tools/generators/check.mjs        in a checkout without changes
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const CHANGED = [
  'tsconfig.json',
  'packages/datasets/src/formats/readers.ts',
  'packages/datasets/src/index.ts',
];
const MADE = [
  'packages/sample-head',
  'packages/sample-loss',
  'packages/sample-backbone',
  'packages/datasets/src/formats/sample-reader',
];

function run(command, args, env = process.env) {
  console.log(`> ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command} ends with ${status}`);
}

/** Whether git has nothing to say of a path: what is changed there already would be lost. */
const isClean = (path) =>
  spawnSync('git', ['status', '--porcelain', '--', path], { cwd: root, encoding: 'utf8' }).stdout === '';

for (const path of [...CHANGED, ...MADE])
  if (!isClean(path)) throw new Error(`${path} has changes: commit them first.`);
const quiet = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
try {
  for (const kind of ['head', 'loss', 'backbone', 'reader'])
    run('npx', ['nx', 'g', `@polytag/tools:${kind}`, `sample-${kind}`], quiet);
  run('npx', ['prettier', '--check', ...MADE]);
  run('npx', ['eslint', ...MADE]);
  run('npx', ['tsc', '--build', ...MADE.slice(0, 3), 'packages/datasets']);
  run(
    'npx',
    ['jest', ...MADE, 'packages/datasets/src/formats/readers.spec', 'round-trip.spec', 'damaged.spec'],
    {
      ...process.env,
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    },
  );
  console.log('one of each kind is generated, and keeps its contract');
} finally {
  for (const path of MADE) rmSync(join(root, path), { recursive: true, force: true });
  spawnSync('git', ['checkout', '--', ...CHANGED], { cwd: root });
}
