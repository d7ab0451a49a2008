// Copies a small part of a folder of golden cases into another folder: the part that is kept in the repository.
//   node tools/golden/extract.mjs FROM TO      after `npm run build`; TO is replaced
//
// The rule. Only cases that run today are taken: the golden suite itself says which (its list of tests, none of them
// run). Within a kind, the next case is the one that adds most parameter values not seen so far per byte it costs: its
// tensors, its entry in the manifest, its list of keys, and a little for large weights. So small cases come first and
// the parameters spread. When every value has been seen the count of seen values starts again. A kind ends at
// CASES_OF_KIND cases or BYTES_OF_KIND bytes, whichever is first; its first case alone may cost more, up to
// BYTES_OF_CASE. A kind that has no case below that is left out and named. Beside these the cases of ALWAYS are taken:
// one network of each family that is too large for the rule, and one whole model.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSafetensors, serialiseSafetensors } from '@polytag/checkpoints';

const ALWAYS = new Set([
  'backbone/tresnet_m/1x96x64',
  'backbone/efficientnetv2_s/1x75x101',
  'model/gcn_efficientnetv2_s/am',
]);
const CASES_OF_KIND = 16;
const BYTES_OF_KIND = 72_000;
const BYTES_OF_CASE = 125_000;
/** What the header of a safetensors file says of a tensor, beside its name. */
const BYTES_OF_ENTRY = 60;
/** Weights that are filled from their keys take no room, but time: that many count as one byte. */
const FILLED_PER_BYTE = 200;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const [from, to] = process.argv.slice(2).map((path) => resolve(path));
if (!from || !to || from === to || (existsSync(to) && !existsSync(join(to, 'manifest.json')))) {
  console.error(
    'node tools/golden/extract.mjs FROM TO: two folders of golden cases; TO is new, or is replaced',
  );
  process.exit(2);
}

/** Titles of the tests that the golden suite would run on a folder. */
function titles(folder) {
  const scratch = mkdtempSync(join(tmpdir(), 'polytag-golden-'));
  const output = join(scratch, 'list.json');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      jest,
      '-c',
      join(root, 'tools/golden/jest.config.js'),
      '--json',
      `--outputFile=${output}`,
      '--testNamePattern=^none of them$',
    ],
    { env: { ...process.env, POLYTAG_FIXTURES: folder }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the golden suite cannot list its cases:\n${stderr}`);
  const { testResults } = JSON.parse(readFileSync(output, 'utf8'));
  rmSync(scratch, { recursive: true });
  return new Set(testResults.flatMap(({ assertionResults }) => assertionResults.map(({ title }) => title)));
}

const manifest = JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8'));
const stored = new Map();
/** The tensors of a safetensors file, by name. */
function tensorsIn(file) {
  if (!stored.has(file)) stored.set(file, parseSafetensors(readFileSync(join(from, file))).tensors);
  return stored.get(file);
}

/** Names of a case's tensors in its file: the roles it lists, or all under its prefix. */
function namesOf({ file, tensors = {}, tensor_prefix: prefix }) {
  const under = prefix ? [...tensorsIn(file).keys()].filter((name) => name.startsWith(`${prefix}/`)) : [];
  return [...Object.values(tensors), ...under];
}

/** Files that a case takes as they are: checkpoints, and the safetensors file that says what is in one. */
function wholeFiles({ kind, file, files = {}, tensors_file }) {
  return [
    ...Object.values(files),
    ...(tensors_file ? [tensors_file] : []),
    ...(kind === 'checkpoint_reject' ? [file] : []),
  ];
}

function bytesOf(golden) {
  const data = namesOf(golden).map(
    (name) => tensorsIn(golden.file).get(name).data.byteLength + name.length + BYTES_OF_ENTRY,
  );
  const keys = golden.keys ? readFileSync(join(from, golden.keys), 'utf8') : '[]';
  const sizes = (golden.state_keys ?? JSON.parse(keys)).map(([, shape]) => shape.reduce((a, b) => a * b, 1));
  const filled = sizes.reduce((sum, size) => sum + size, 0) / FILLED_PER_BYTE;
  const whole = wholeFiles(golden).map((file) => readFileSync(join(from, file)).length);
  return [...data, ...whole].reduce(
    (sum, bytes) => sum + bytes,
    Math.round(filled) + keys.length + JSON.stringify(golden).length,
  );
}

/** What a case has of its own: parameter values, and the words in its name. */
function valuesOf({ id, params = {}, model = '', optimizer = '', base = '' }) {
  const values = { ...params, model, optimizer, base };
  const named = Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [...named, ...(id.match(/[a-z]{2,}|\d+x\d+/g) ?? [])];
}

/** The cases of one kind that are kept, in the order of the manifest. */
function pick(cases) {
  const left = new Map(
    cases
      .filter(({ id }) => !ALWAYS.has(id))
      .map((golden) => [golden, bytesOf(golden)])
      .filter(([, bytes]) => bytes <= BYTES_OF_CASE),
  );
  const kept = new Set();
  let seen = new Set();
  let room = BYTES_OF_KIND;
  while (kept.size < CASES_OF_KIND) {
    let best;
    for (const [golden, bytes] of left) {
      const gain = valuesOf(golden).filter((value) => !seen.has(value)).length / bytes;
      if ((bytes <= room || kept.size === 0) && gain > (best?.gain ?? 0)) best = { golden, bytes, gain };
    }
    if (best) {
      left.delete(best.golden);
      kept.add(best.golden);
      room -= best.bytes;
      for (const value of valuesOf(best.golden)) seen.add(value);
    } else if ([...left.values()].some((bytes) => bytes <= room)) seen = new Set();
    else break;
  }
  return cases.filter((golden) => kept.has(golden) || ALWAYS.has(golden.id));
}

const runs = titles(from);
const byKind = new Map();
for (const golden of manifest.cases) {
  if (!runs.has(`${golden.kind}: ${golden.id}`)) continue;
  byKind.set(golden.kind, [...(byKind.get(golden.kind) ?? []), golden]);
}
const cases = [];
for (const [kind, all] of byKind) {
  const kept = pick(all);
  const bytes = kept.reduce((sum, golden) => sum + bytesOf(golden), 0);
  const smallest = Math.min(...all.map(bytesOf));
  const note = kept.length > 0 ? `cost ${bytes}` : `left out, the cheapest costs ${smallest}`;
  console.log(`${kind}: ${kept.length} of ${all.length}, ${note}`);
  cases.push(...kept);
}

/** Where the repository has what notes of the full set refer to by a section's number. */
const SECTIONS = {
  2: 'docs/method.md#linear-head',
  8: 'docs/method.md#metrics',
  13: 'tools/golden/README.md#filled-weights',
};
const inRepository = ({ note, ...golden }) =>
  note === undefined
    ? golden
    : { ...golden, note: note.replace(/method\.md section (\d+)/, (_, section) => SECTIONS[section]) };

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
const files = {};
function write(path, bytes) {
  mkdirSync(dirname(join(to, path)), { recursive: true });
  writeFileSync(join(to, path), bytes);
  files[path] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
for (const file of new Set(cases.flatMap((golden) => golden.file ?? []))) {
  const names = new Set(cases.filter((golden) => golden.file === file).flatMap(namesOf));
  if (names.size === 0) continue;
  const kept = [...tensorsIn(file)].filter(([name]) => names.has(name));
  write(file, serialiseSafetensors(new Map(kept)));
}
for (const file of new Set(cases.flatMap(wholeFiles))) write(file, readFileSync(join(from, file)));
for (const keys of new Set(cases.flatMap((golden) => golden.keys ?? []))) {
  write(keys, readFileSync(join(from, keys)));
}
const { format, salt, made_with, conventions, fill } = manifest;
const set = `part of "${manifest.set}"`;
const counts = Object.fromEntries(
  [...byKind.keys()].map((kind) => [kind, cases.filter((golden) => golden.kind === kind).length]),
);
// One case a line, so that a change of the choice reads well in a diff.
const head = JSON.stringify({ format, set, salt, made_with, conventions, fill, counts, files });
const text = `${head.slice(0, -1)},"cases":[\n${cases.map((golden) => JSON.stringify(inRepository(golden))).join(',\n')}\n]}\n`;
writeFileSync(join(to, 'manifest.json'), text);
const total = Object.values(files).reduce((sum, { bytes }) => sum + bytes, Buffer.byteLength(text));
console.log(`${cases.length} cases, ${total} bytes in ${to}`);
