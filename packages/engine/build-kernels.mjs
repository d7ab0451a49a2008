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

const named = (type) => type.name.identifier.text;

/** The exported functions with the types that the sources name: `Address` is told apart from other whole numbers. */
function signaturesOf(program) {
  return [...program.filesByName.get('assembly/index').exports].map(
    ([name, { functionTypeNode, parent }]) => ({
      name,
      parameters: functionTypeNode.parameters.map((parameter) => ({
        name: parameter.name.text,
        type: named(parameter.type),
        fields:
          named(parameter.type) === 'Table'
            ? fieldsOf(named(parameter.type.typeArguments[0]), parent)
            : undefined,
      })),
      result: named(functionTypeNode.returnType),
    }),
  );
}

/** How a caller passes what a field of a record holds, and how its word is written. */
const FIELDS = {
  Place: ['Place', 'place'],
  Flag: ['boolean', 'flag'],
  u32: ['number', 'integer'],
  f32: ['number', 'float'],
};

/** The fields of a record of a table, in their order: a class beside the function. */
function fieldsOf(record, file) {
  return [...file.members.get(record).instanceMembers.values()].map(({ name, typeNode }) => {
    const kind = FIELDS[named(typeNode)];
    if (!kind) throw new Error(`${record}.${name} is a ${named(typeNode)}, which a table cannot hold`);
    return { name, type: kind[0], word: kind[1] };
  });
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
  const membersOf = (list) => list.map(({ name, type }) => `readonly ${name}: ${type}`).join('; ');
  const tableOf = ({ fields }) => `readonly { ${membersOf(fields)} }[]`;
  const lines = signatures.map(({ name, parameters, result }) => {
    // The count of a table's records is not asked for.
    const asked = parameters.filter((_, i) => !parameters[i - 1]?.fields);
    const members = membersOf(
      asked.map((p) => ({ name: p.name, type: p.fields ? tableOf(p) : typeOf(p.type) })),
    );
    const values = parameters.map((p, i) => {
      const table = parameters[i - 1];
      if (table?.fields) return `p.${table.name}.length`;
      if (!p.fields) return valueOf(p);
      return `table(p.${p.name}, [${p.fields.map(({ name, word }) => `['${name}', '${word}']`).join(', ')}])`;
    });
    const call = `module.${name}(${values.join(', ')})`;
    return {
      member: `  ${name}(${parameters.length ? `p: { ${members} }` : ''}): ${result === 'void' ? 'void' : 'number'};\n`,
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
    '}\n\n/** A field of a record, and what its word of 4 bytes is. */\n',
    "export type TableField = readonly [name: string, word: 'place' | 'flag' | 'integer' | 'float'];\n",
    '\n/**\n * @param at the address of a place that a caller names\n',
    ' * @param table stores records one after the other, and gives their address\n */\n',
    'export function kernelCalls<Place>(\n  module: KernelModule,\n  at: (place: Place) => number,\n',
    '  table: (records: readonly object[], fields: readonly TableField[]) => number,\n',
    '): KernelCalls<Place> {\n  return {\n',
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
