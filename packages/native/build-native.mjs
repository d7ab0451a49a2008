// Builds the addon from kernels/ into binaries/PLATFORM-ARCH.node with the C compiler of this machine:
//   node build-native.mjs                      for this machine; without a compiler it says so, and nothing is built
//   node build-native.mjs linux-arm64 …        for others, with Debian's cross compilers
//   node build-native.mjs --check [TARGET]     the checks of kernels/check.c, with the address and undefined sanitizers
//                                              where the target is this machine, else in qemu
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const kernels = join(root, 'kernels');
const here = `${process.platform}-${process.arch}`;

const X64 = {
  avx512: ['-mavx2', '-mfma', '-mavx512f', '-mavx512vl', '-mavx512bw', '-mavx512dq'],
  avx2: ['-mavx2', '-mfma'],
};
const ARM64 = { neon: [] };
/** The compiler of each target, where it is not this machine, and the builds of the kernels that its addon holds. */
const TARGETS = {
  'linux-x64': { compiler: 'x86_64-linux-gnu-gcc', builds: X64 },
  'linux-arm64': {
    compiler: 'aarch64-linux-gnu-gcc',
    builds: ARM64,
    runner: ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'],
  },
  'win32-x64': { compiler: 'x86_64-w64-mingw32-gcc', builds: X64 },
  'darwin-x64': { builds: X64 },
  'darwin-arm64': { builds: ARM64 },
};

// No contraction: only what the sources fuse is fused, as in WebAssembly.
const FLAGS = [
  '-std=c11',
  // For madvise.
  '-D_DEFAULT_SOURCE',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fvisibility=hidden',
];

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with status ${status}`);
}

const works = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

function compilerFor(target) {
  if (target !== here) return TARGETS[target].compiler;
  return [process.env.CC, 'cc', 'gcc', 'clang'].find((name) => name && works(name));
}

/** Compiles kernels.c once for each build. */
function objects(compiler, builds, folder, flags) {
  return Object.entries(builds).map(([name, machine]) => {
    const object = join(folder, `${name}.o`);
    run(compiler, [
      ...FLAGS,
      ...flags,
      ...machine,
      `-DKERNELS=${name}`,
      '-c',
      join(kernels, 'kernels.c'),
      '-o',
      object,
    ]);
    return object;
  });
}

function addon(compiler, target, folder) {
  const { include_dir: include, def_paths: definitions } = createRequire(import.meta.url)('node-api-headers');
  const windows = target.startsWith('win32');
  const flags = ['-O3', ...(windows ? [] : ['-fPIC'])];
  const glue = join(folder, 'addon.o');
  run(compiler, [...FLAGS, ...flags, '-I', include, '-c', join(kernels, 'addon.c'), '-o', glue]);
  const parts = [...objects(compiler, TARGETS[target].builds, folder, flags), glue];
  const linking = ['-shared', '-s', windows ? '-static' : '-static-libgcc'];
  if (target.startsWith('darwin')) linking.splice(0, 3, '-bundle', '-undefined', 'dynamic_lookup');
  if (windows) {
    const library = join(folder, 'node.lib');
    run(compiler.replace(/gcc$/, 'dlltool'), [
      '-d',
      definitions.node_api_def,
      '-D',
      'node.exe',
      '-l',
      library,
    ]);
    parts.push(library);
  }
  const made = join(folder, 'addon.node');
  run(compiler, [...linking, ...parts, '-o', made]);
  mkdirSync(join(root, 'binaries'), { recursive: true });
  renameSync(made, join(root, 'binaries', `${target}.node`));
  console.log(`native kernels for ${target}: ${Object.keys(TARGETS[target].builds).join(', ')}`);
}

/** The builds of a target for this processor's instructions; all, where they cannot be read. With sanitizers each takes long. */
function buildsThatRun(target) {
  const { builds } = TARGETS[target];
  if (!existsSync('/proc/cpuinfo')) return builds;
  const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' '));
  const needs = (machine) => machine.map((flag) => flag.replace('-m', ''));
  const runs = Object.entries(builds).filter(([, machine]) =>
    needs(machine).every((flag) => flags.has(flag)),
  );
  for (const name of Object.keys(builds))
    if (!runs.some(([one]) => one === name)) console.log(`${name}: skipped, this processor has none`);
  return Object.fromEntries(runs);
}

function check(compiler, target, folder) {
  const program = join(folder, 'check');
  const flags =
    target === here ? ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover'] : ['-O3'];
  const builds = target === here ? buildsThatRun(target) : TARGETS[target].builds;
  const defined = Object.keys(builds).map((name) => `-DHAS_${name.toUpperCase()}`);
  const parts = objects(compiler, builds, folder, flags);
  run(compiler, [...FLAGS, ...flags, ...defined, join(kernels, 'check.c'), ...parts, '-lm', '-o', program]);
  const [command, ...args] = [...(target === here ? [] : TARGETS[target].runner), program];
  run(command, args);
}

const checking = process.argv.includes('--check');
const asked = process.argv.slice(2).filter((argument) => argument !== '--check');
for (const target of asked.length > 0 ? asked : [here]) {
  if (!TARGETS[target]) {
    const known = `The native kernels know ${Object.keys(TARGETS).join(', ')}, and not ${target}`;
    if (asked.length > 0) throw new Error(known);
    console.log(`${known}: the engine will compute in WebAssembly`);
    continue;
  }
  const compiler = compilerFor(target);
  if (!compiler || !works(compiler)) {
    if (asked.length > 0)
      throw new Error(`${target}: the C compiler ${compiler ?? 'for it'} is not installed`);
    console.log('No C compiler here (cc, gcc or clang): the engine will compute in WebAssembly');
    continue;
  }
  const folder = mkdtempSync(join(root, '.build-'));
  try {
    (checking ? check : addon)(compiler, target, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
