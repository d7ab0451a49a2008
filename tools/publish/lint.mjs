// What publint and attw (are the types wrong?) say of each package as it is packed; ends with 1 where one finds a fault.
//   node tools/publish/lint.mjs        after `npm run build`
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { published, readManifest, root } from './packages.mjs';

/** Packages are of ES modules alone: who resolves as CommonJS does, or as Node 10 did, is told so by Node itself. */
const NOT_MEANT = ['node10', 'node16-cjs'];

const folder = mkdtempSync(join(tmpdir(), 'polytag-pack-'));
const problems = [];
const packed = spawnSync(
  'npm',
  [
    'pack',
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    folder,
    ...published().flatMap((path) => ['--workspace', path]),
  ],
  { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, shell: process.platform === 'win32' },
);
if (packed.status !== 0) throw new Error(`npm pack fails:\n${packed.stderr}`);

for (const path of published()) {
  const manifest = readManifest(join(root, path));
  const { name } = manifest;
  const { messages } = await publint({ pkgDir: join(root, path), pack: false, strict: true });
  for (const message of messages)
    problems.push(`${name}: publint ${message.type}: ${formatMessage(message, manifest)}`);
  const tarball = readdirSync(folder).find((file) =>
    file.startsWith(`${name.replace('@', '').replace('/', '-')}-${manifest.version}`),
  );
  const analysis = await checkPackage(
    createPackageFromTarballData(new Uint8Array(readFileSync(join(folder, tarball)))),
  );
  for (const problem of analysis.problems ?? []) {
    const { kind, entrypoint, resolutionKind, resolutionOption } = problem;
    if (NOT_MEANT.includes(resolutionKind ?? resolutionOption)) continue;
    // A schema is data: it has no types.
    if (entrypoint?.endsWith('.json')) continue;
    problems.push(`${name}: attw ${kind} ${entrypoint ?? ''} ${resolutionKind ?? ''}`);
  }
}
rmSync(folder, { recursive: true });
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`publint and attw find nothing in ${published().length} packages`);
process.exitCode = problems.length === 0 ? 0 : 1;
