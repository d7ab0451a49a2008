// Builds the AssemblyScript kernels twice, for plain and for relaxed SIMD, into src/wasm/generated/: each module as base64,
// so that Node, bundlers and browsers load it like any other source, and kernel-calls.ts, which types the calls.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import asc from 'assemblyscript/asc';

const root = dirname(fileURLToPath(import.meta.url));
const target = join(root, 'src/wasm/generated');
const header = '// Made by build-kernels.mjs from assembly/. Do not edit.\n';
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

/** The exported functions with the types that the sources name: `Address` is told apart from other whole numbers. */
function signaturesOf(program) {
  const named = (type) => type.name.identifier.text;
  return [...program.filesByName.get('assembly/index').exports].map(([name, { functionTypeNode }]) => ({
    name,
    parameters: functionTypeNode.parameters.map((parameter) => ({
      name: parameter.name.text,
      type: named(parameter.type),
    })),
    result: named(functionTypeNode.returnType),
  }));
}

const NUMBERS = ['usize', 'i32', 'u32', 'f32', 'f64'];

/** A function of one object of named parameters for each function of the module. */
function kernelCalls(signatures) {
  const typeOf = (type) => {
    if (type === 'Address') return 'Place';
    if (type === 'bool') return 'boolean';
    if (NUMBERS.includes(type)) return 'number';
    throw new Error(`an exported kernel has a parameter of type ${type}, which its callers cannot pass`);
  };
  const valueOf = ({ name, type }) => {
    if (type === 'Address') return `at(p.${name})`;
    return type === 'bool' ? `p.${name} ? 1 : 0` : `p.${name}`;
  };
  const lines = signatures.map(({ name, parameters, result }) => {
    const fields = parameters.map((p) => `readonly ${p.name}: ${typeOf(p.type)}`).join('; ');
    const call = `module.${name}(${parameters.map(valueOf).join(', ')})`;
    return {
      member: `  ${name}(${parameters.length ? `p: { ${fields} }` : ''}): ${result === 'void' ? 'void' : 'number'};\n`,
      method: `    ${name}: (${parameters.length ? 'p' : ''}) => ${result === 'usize' ? `${call} >>> 0` : call},\n`,
    };
  });
  return [
    header,
    '\n/** The functions of the kernel module, compiled. */\n',
    'export type KernelModule = Readonly<Record<string, (...values: number[]) => number>>;\n',
    '\n/** The same by the names of their parameters. */\n',
    'export interface KernelCalls<Place> {\n',
    ...lines.map(({ member }) => member),
    '}\n\n/** @param at the address of a place that a caller names */\n',
    'export function kernelCalls<Place>(\n',
    '  module: KernelModule,\n  at: (place: Place) => number,\n): KernelCalls<Place> {\n  return {\n',
    ...lines.map(({ method }) => method),
    '  };\n}\n',
  ].join('');
}

const folder = mkdtempSync(join(tmpdir(), 'polytag-kernels-'));
try {
  let signatures;
  for (const [build, features] of Object.entries({ plain: ['simd'], relaxed: ['simd', 'relaxed-simd'] })) {
    const file = join(folder, `${build}.wasm`);
    const enable = features.flatMap((feature) => ['--enable', feature]);
    const { error } = await asc.main(
      ['assembly/index.ts', '--baseDir', root, '-o', file, ...flags, ...enable],
      {
        stdout: process.stdout,
        stderr: process.stderr,
        transforms: [{ afterInitialize: (program) => (signatures = signaturesOf(program)) }],
      },
    );
    if (error) throw error;
    const module = readFileSync(file);
    check(build, module);
    mkdirSync(target, { recursive: true });
    const text = `${header}export const module = '${module.toString('base64')}';\n`;
    writeFileSync(join(target, `${build}.ts`), text);
    console.log(`${build}: ${module.length} bytes`);
  }
  writeFileSync(join(target, 'kernel-calls.ts'), kernelCalls(signatures));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
