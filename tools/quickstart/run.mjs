// The main job, start to end: draws the scenes, trains, scores, prints the table and the saved model's path.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const run = join('runs', 'quickstart');

function step(command, args) {
  console.log(`\n$ ${[command, ...args].join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(root, args[0]), ...args.slice(1)], {
    stdio: 'inherit',
    cwd: root,
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(root, 'apps/trainer/dist/index.js'))) {
  console.error('The packages are not built: run `npm run build` first (npm ci does it too).');
  process.exit(1);
}
rmSync(join(root, run), { recursive: true, force: true });
step('node', [
  'apps/trainer/bin/polytag-train.js',
  'fit',
  '--config',
  'configs/scenes/quickstart.yaml',
  '--out',
  run,
]);
step('node', [
  'apps/evaluator/bin/polytag-eval.js',
  'score',
  '--model',
  join(run, 'best'),
  '--data',
  'data/scenes/val.json',
  '--json',
  join(run, 'score.json'),
]);
console.log(`\nThe saved model: ${join(run, 'best')}`);
