// Builds the AssemblyScript kernels twice, for plain and for relaxed SIMD, and writes each module as base64 into
// src/wasm/generated/, so that Node, bundlers and browsers load it like any other source.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import asc from 'assemblyscript/asc';

const root = dirname(fileURLToPath(import.meta.url));
const target = join(root, 'src/wasm/generated');
const flags = [
  ['--runtime', 'stub'],
  ['--importMemory', '--noExportMemory', '--initialMemory', '0', '--memoryBase', '0'],
  ['-O3', '--converge', '--noAssert', '--disableWarning', '112'],
].flat();

if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');

/** The kernels live on another module's memory: a data segment, a global, a table or a start function would write over it. */
function check(build, module) {
  const banned = { 4: 'table', 5: 'memory', 6: 'global', 8: 'start', 9: 'element', 11: 'data' };
  const found = [];
  let at = 8;
  const unsigned = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  while (at < module.length) {
    const section = module[at++];
    const size = unsigned();
    if (banned[section]) found.push(banned[section]);
    at += size;
  }
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(module)).map(
    (i) => `${i.module}.${i.name}`,
  );
  if (imports.join() !== 'env.memory') found.push(`imports ${imports}`);
  if (found.length) throw new Error(`the ${build} kernels hold more than code: ${found.join(', ')}`);
}

const folder = mkdtempSync(join(tmpdir(), 'polytag-kernels-'));
try {
  for (const [build, features] of Object.entries({ plain: ['simd'], relaxed: ['simd', 'relaxed-simd'] })) {
    const file = join(folder, `${build}.wasm`);
    const enable = features.flatMap((feature) => ['--enable', feature]);
    const { error, stderr } = await asc.main(
      ['assembly/index.ts', '--baseDir', root, '-o', file, ...flags, ...enable],
      {
        stdout: process.stdout,
        stderr: process.stderr,
      },
    );
    if (error) throw error;
    void stderr;
    const module = readFileSync(file);
    check(build, module);
    mkdirSync(target, { recursive: true });
    const text = `// Made by build-kernels.mjs from assembly/. Do not edit.\nexport const module = '${module.toString('base64')}';\n`;
    writeFileSync(join(target, `${build}.ts`), text);
    console.log(`${build}: ${module.length} bytes`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
