// Runs every check of the repository and ends with one plain line: "N passed, N failed".
//   node tools/test/run.mjs            builds, checks formatting, lint and types, then all tests
//   node tools/test/run.mjs --golden   the golden cases alone
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** What no build needs and the tsconfig.json of the root does not name: checked as it stands. */
const OUTSIDE_THE_BUILD = ['tools/golden', 'tools/browser', 'tools/hostile-images'];

const goldenOnly = process.argv.includes('--golden');
const environment = {
  ...process.env,
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  NODE_OPTIONS:
    `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim(),
};
let passed = 0;
let failed = 0;

function run(command, args, env = environment) {
  return spawnSync(command, args, { stdio: 'inherit', env, shell: process.platform === 'win32' }).status ?? 1;
}

/** A check that is one thing: it passes or fails as a whole. */
function check(name, command, args) {
  console.log(`\n> ${name}`);
  if (run(command, args, { ...environment, NODE_OPTIONS: process.env.NODE_OPTIONS ?? '' }) === 0) passed++;
  else {
    failed++;
    console.error(`FAILED: ${name}`);
  }
}

/** The spec files that took longest, which is where to begin when the suite gets slow. */
function showSlowest(suites) {
  const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1000;
  const slowest = [...suites].sort((a, b) => seconds(b) - seconds(a)).slice(0, 10);
  console.log('\nthe ten slowest specs');
  for (const suite of slowest)
    console.log(`  ${seconds(suite).toFixed(1).padStart(6)} s  ${relative(process.cwd(), suite.name)}`);
}

if (goldenOnly) {
  check('kernels and the ONNX schema are built', 'npx', ['nx', 'run-many', '-t', 'kernels', 'onnx-schema']);
} else {
  check('packages build', 'npx', ['nx', 'run-many', '-t', 'build']);
  check('project references agree with the imports', 'npx', ['nx', 'sync:check']);
  check('code is formatted', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']);
  // One process for all packages: `nx run-many` would start one for each, which takes three times as long.
  check('lint, arrows between packages included', 'npx', ['eslint', '.']);
  check('no import circles', 'npx', ['depcruise', 'packages', 'apps', 'tools']);
  check('types, specs included', 'npx', ['tsc', '--build', '.', ...OUTSIDE_THE_BUILD]);
  check('links lead somewhere', 'node', ['tools/docs/links.mjs']);
  check('packages are fit to publish', 'node', ['tools/publish/check.mjs']);
  check('blocks of the READMEs run as written', 'node', ['tools/publish/readmes.mjs']);
}

const folder = mkdtempSync(join(tmpdir(), 'polytag-test-'));
const outputFile = join(folder, 'results.json');
console.log(`\n> ${goldenOnly ? 'golden cases' : 'tests'}`);
const status = run('npx', [
  'jest',
  '--json',
  `--outputFile=${outputFile}`,
  ...(goldenOnly ? ['-c', 'tools/golden/jest.config.js'] : ['--maxWorkers=2']),
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
