import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { moduleCode } from './module-code.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-'))));
afterEach(() => rm(folder, { recursive: true }));

async function codeOf(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const [first] = Object.keys(files);
  const code = await moduleCode(join(folder, first), 'head');
  return (
    code &&
    Object.fromEntries([...code.files].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]))
  );
}

it('keeps a file as it is, under an ending that says its kind', async () => {
  const module = `import { z } from 'zod';\nexport default z; // import './x.js'\n`;
  expect(await codeOf({ 'a.js': module })).toEqual({ 'head.mjs': module });
  expect(await codeOf({ 'a.cjs': 'module.exports = require("zod");' })).toEqual({
    'head.cjs': 'module.exports = require("zod");',
  });
  expect(await codeOf({ 'b.js': 'exports.default = 1;' })).toEqual({ 'head.cjs': 'exports.default = 1;' });
  expect(await codeOf({ 'a.ts': 'export default 1 as number;' })).toEqual({
    'head.mts': 'export default 1 as number;',
  });
});

it('follows what it imports, in circles too', async () => {
  expect(
    await codeOf({
      'a.js': `import b from "./b.mjs"; import data from './d.json' with { type: 'json' }; export const a = () => import('./c.js');`,
      'b.mjs': `import { a } from './a.js'; export default a;`,
      'c.js': `export * from './b.mjs';`,
      'd.json': '[1]',
    }),
  ).toEqual({
    'head.mjs': `import b from "./head-2.mjs"; import data from './head-3.json' with { type: 'json' }; export const a = () => import('./head-4.mjs');`,
    'head-2.mjs': `import { a } from './head.mjs'; export default a;`,
    'head-3.json': '[1]',
    'head-4.mjs': `export * from './head-2.mjs';`,
  });
});

it.each([
  ['an import of a computed name', 'export const a = (name) => import(name);'],
  ['a file beside it', `export const a = new URL('./w.bin', import.meta.url);`],
  ['a name inside a package', `import a from '#a'; export default a;`],
  ['CommonJS that requires a file', 'module.exports = require("./b.js");'],
  ['CommonJS that knows its place', 'module.exports = __dirname;'],
  ['a file that is not there', `import './none.js';`],
  ['what is no JavaScript', 'export default {{{'],
])('keeps nothing that needs %s', async (_, text) => {
  expect(await codeOf({ 'a.js': text })).toBeUndefined();
});

it('keeps no package, and no more than a part needs', async () => {
  expect(await moduleCode('some-package', 'head')).toBeUndefined();
  const chain = Array.from({ length: 40 }, (_, i) => [`${i}.mjs`, `import './${(i + 1) % 40}.mjs';`]);
  expect(await codeOf(Object.fromEntries(chain) as Record<string, string>)).toBeUndefined();
});
