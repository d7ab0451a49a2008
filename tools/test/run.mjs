// Runs every check of the repository and ends with one plain line: "N passed, N failed".
//   node tools/test/run.mjs            builds, checks formatting, lint and types, then all tests
//   node tools/test/run.mjs --golden   the golden cases alone
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** What no build needs and the tsconfig.json of the root does not name: checked as it stands. */
const OUTSIDE_THE_BUILD = [
  'tools/golden',
  'tools/browser',
  'tools/hostile-images',
  'tools/generators',
  'apps/studio',
];

const goldenOnly = process.argv.includes('--golden');
const environment = {
  ...process.env,
  ...(goldenOnly && { POLYTAG_GOLDEN: 'all' }),
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  NODE_OPTIONS: [
    process.env.NODE_OPTIONS ?? '',
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    // Specs make much that does not live long: with the default of 16 MB a quarter of their time is garbage collection.
    '--max-semi-space-size=64',
  ]
    .join(' ')
    .trim(),
};
let passed = 0;
let failed = 0;

/** Runs a program to its end. What it writes goes to `write`, or straight to the terminal. */
function run(command, args, env = environment, write) {
  return new Promise((resolve) => {
    const stdio = write ? ['ignore', 'pipe', 'pipe'] : 'inherit';
    const child = spawn(command, args, { stdio, env, shell: process.platform === 'win32' });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', write);
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('close', (status) => resolve(status ?? 1));
  });
}

/** A check that is one thing: it passes or fails as a whole. Its output comes in one piece when it has ended. */
async function check(name, command, args) {
  const start = performance.now();
  const output = [];
  const env = { ...environment, NODE_OPTIONS: process.env.NODE_OPTIONS ?? '' };
  const status = await run(command, args, env, (text) => void output.push(text));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  process.stdout.write(`\n> ${name} (${seconds} s)\n${output.join('')}`);
  if (status === 0) passed++;
  else {
    failed++;
    console.error(`FAILED: ${name}`);
  }
}

/** Checks that need nothing of each other, two at a time. */
async function checkAll(checks) {
  const waiting = [...checks];
  const work = async () => {
    for (let next; (next = waiting.shift());) await check(...next);
  };
  await Promise.all([work(), work()]);
}

/** The spec files whose tests took longest, which is where to begin when the suite gets slow. */
function showSlowest(suites) {
  const seconds = new Map();
  const add = (name, took) => seconds.set(name, (seconds.get(name) ?? 0) + took / 1000);
  for (const { name, startTime, endTime, assertionResults } of suites) {
    // In a file with several specs the outermost block is a spec.
    if (name.endsWith('.mjs'))
      for (const one of assertionResults) add(one.ancestorTitles[0], one.duration ?? 0);
    else add(relative(process.cwd(), name), endTime - startTime);
  }
  console.log('\nthe ten slowest specs');
  for (const [name, took] of [...seconds].sort(([, a], [, b]) => b - a).slice(0, 10))
    console.log(`  ${took.toFixed(1).padStart(6)} s  ${name}`);
}

if (goldenOnly) {
  await check('kernels and the ONNX schema are built', 'npx', [
    'nx',
    'run-many',
    '-t',
    'kernels',
    'onnx-schema',
  ]);
} else {
  await check('packages build', 'npx', ['nx', 'run-many', '-t', 'build']);
  await checkAll([
    // What takes longest begins first. One process for all packages: `nx run-many` would start one for each, which takes
    // three times as long.
    ['lint, arrows between packages included', 'npx', ['eslint', '.']],
    ['native kernels under sanitizers', 'node', ['packages/native/build-native.mjs', '--check']],
    ['types, specs included', 'npx', ['tsc', '--build', '.', ...OUTSIDE_THE_BUILD]],
    ['packages are fit to publish', 'node', ['tools/publish/check.mjs']],
    ['blocks of the READMEs run as written', 'node', ['tools/publish/readmes.mjs']],
    ['code is formatted', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']],
    ['no import circles', 'npx', ['depcruise', 'packages', 'apps', 'tools']],
    ['project references agree with the imports', 'npx', ['nx', 'sync:check']],
    ['links lead somewhere', 'node', ['tools/docs/links.mjs']],
    ['the public surface is as written', 'node', ['tools/publish/api.mjs', '--check']],
    ['packages say where they come from', 'node', ['tools/publish/manifests.mjs', '--check']],
    ['entry points are within their sizes', 'node', ['tools/publish/sizes.mjs', '--check']],
    ['every error code is listed', 'node', ['tools/docs/errors.mjs', '--check']],
    ['texts name options that there are', 'node', ['tools/docs/options.mjs']],
    ['the reference is what the code says', 'node', ['tools/docs/reference.mjs', '--check']],
    // All of them: node tools/docs/guides.mjs
    ['a guide runs as written', 'node', ['tools/docs/guides.mjs', 'first-model']],
  ]);
}

const folder = mkdtempSync(join(tmpdir(), 'polytag-test-'));
const outputFile = join(folder, 'results.json');
console.log(`\n> ${goldenOnly ? 'golden cases' : 'tests'}`);
const status = await run('npx', [
  'jest',
  '--json',
  `--outputFile=${outputFile}`,
  ...(goldenOnly
    ? ['-c', 'tools/golden/jest.config.js']
    : ['-c', 'tools/test/suite.config.mjs', '--maxWorkers=2']),
]);
try {
  const results = JSON.parse(readFileSync(outputFile, 'utf8'));
  passed += results.numPassedTests;
  failed += results.numFailedTests + results.numRuntimeErrorTestSuites;
  if (status !== 0 && results.numFailedTests + results.numRuntimeErrorTestSuites === 0) failed++;
  showSlowest(results.testResults);
} catch {
  failed++;
  console.error('FAILED: the test runner wrote no results');
}
rmSync(folder, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
