// Runs the guides as a reader would, each in a folder of its own:
//   node tools/docs/guides.mjs [part of a name]        after `npm run build`
//
// In docs/guides/*.md, in the order of the page:
// - a block of `sh` is run as it stands, a command at a time. `text` is not run: what it shows needs a network or days;
// - a block of `js`, `yaml` or `json` whose first line names a file (`// head.mjs`, `# own.yaml`) is written there;
// - a block of `ts` is run as a module.
// Guides whose reader has labelled photographs start in the folder that `your-photographs.md` ended with. Stand-ins for what a
// test cannot have: `npm i` is a link to the built packages, photographs are small scenes, published weights are random ones
// of the same network, and SMALLER makes configs that are written or generated quick. Ends with 1 when a block fails.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { transform } from 'esbuild';
import sharp from 'sharp';
import { LabelVocabulary } from '@polytag/core';
import { writeScenes } from '@polytag/datasets/scenes';
import { useEngine } from '@polytag/engine';
import { buildModel, saveModel } from '@polytag/model';

const root = resolve(import.meta.dirname, '../..');
const guides = join(root, 'docs/guides');
const wanted = process.argv[2] ?? '';
const FIRST = 'your-photographs.md';
/** Guides that need no photographs of the reader's. */
const ALONE = new Set(['first-model.md', 'paper.md']);

/** What is made smaller in a config, however it was written. */
const SMALLER = [
  [/\bweights: imagenet\b/, 'weights: random'],
  [/train: 2000, validation: 500/, 'train: 48, validation: 24, size: 64'],
  [/\bepochs: (8|40)\b/, 'epochs: 2'],
  [/\b(height|width): (112|288)\b/g, '$1: 64'],
  [/\bbatchSize: 64\b/, 'batchSize: 16'],
];

const scratch = await mkdtemp(join(tmpdir(), 'polytag-guides-'));
const problems = [];
let ran = 0;
try {
  await makeReadersFolder(join(scratch, 'reader'));
  const names = readdirSync(guides).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const chosen = names.filter((name) => name.includes(wanted));
  if (chosen.length === 0) throw new Error(`no guide is called "${wanted}"`);
  const reader = join(scratch, 'reader');
  for (const name of chosen.filter((one) => ALONE.has(one))) await runGuide(name, reader);
  if (!chosen.every((one) => ALONE.has(one))) await runGuide(FIRST, reader);
  const others = chosen.filter((one) => one !== FIRST && !ALONE.has(one));
  const kept = join(scratch, 'kept');
  await rename(reader, kept);
  for (const name of others) {
    // At the path where it was made: a run remembers where its weights lay.
    cpSync(kept, reader, { recursive: true, verbatimSymlinks: true });
    await runGuide(name, reader);
    await rm(reader, { recursive: true });
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
problems.forEach((problem) => console.error(`\n${problem}`));
console.log(
  problems.length === 0 ? `${ran} commands and programs of the guides run as written` : 'the guides fail',
);
process.exitCode = problems.length === 0 && ran > 0 ? 0 : 1;

/** Runs the blocks of a guide in a folder, until one fails. Returns the folder. */
async function runGuide(name, folder) {
  const text = await readFile(join(guides, name), 'utf8');
  for (const { index, groups } of text.matchAll(/^```(?<language>sh|js|ts|yaml|json)\n(?<code>.*?)^```/gms)) {
    const { language, code } = groups;
    const line = text.slice(0, index).split('\n').length + 1;
    const file = /^(?:\/\/|#) ([\w-]+\.(?:m?js|yaml|json))/.exec(code)?.[1];
    if (file) await writeFile(join(folder, file), smaller(code));
    const runs = language === 'sh' ? commands(code) : language === 'ts' ? [code] : [];
    for (const one of runs) {
      const started = Date.now();
      const problem = language === 'ts' ? await runModule(folder, one) : await runCommand(folder, one);
      ran++;
      if (problem === undefined) {
        console.log(`${name}:${line} ${((Date.now() - started) / 1000).toFixed(1)} s  ${one.split('\n')[0]}`);
        continue;
      }
      problems.push(`docs/guides/${name}:${line} does not run as written:\n${one}\n${problem}`);
      return folder;
    }
  }
  return folder;
}

function smaller(text) {
  return SMALLER.reduce((all, [from, to]) => all.replace(from, to), text);
}

/** The commands of a block: lines, joined where one ends with a backslash. */
function commands(code) {
  return code
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** What a command printed, where it failed. */
async function runCommand(folder, command) {
  // `npx` would look for the packages in a registry; here they are built.
  const quick = command.replace(/\bnpx /g, '').replace('--time 15m', '--time 2m --trials 2');
  const problem = await output(folder, 'bash', ['-c', quick]);
  const config = join(folder, 'polytag.yaml');
  if (existsSync(config)) {
    const text = readFileSync(config, 'utf8');
    const made = smaller(text);
    if (made !== text) writeFileSync(config, made);
  }
  return problem;
}

async function runModule(folder, code) {
  const module = join(folder, 'block.mjs');
  await writeFile(module, (await transform(code, { loader: 'ts', target: 'es2022' })).code);
  return output(folder, process.execPath, [module]);
}

function output(folder, command, args) {
  const bin = join(root, 'node_modules/.bin');
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    POLYTAG_CACHE: join(scratch, 'cache'),
  };
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data));
    child.on('close', (status) => done(status === 0 ? undefined : `${printed}(status ${status})`));
  });
}

/** What the reader of a guide has: photographs with a table of labels, others without, and installed packages. */
async function makeReadersFolder(folder) {
  await mkdir(folder, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  symlinkSync(join(root, 'configs'), join(folder, 'configs'), 'junction');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeScenes({ folder: join(folder, 'drawn'), train: 60, validation: 6, seed: 1, size: 64 });
  const { images } = JSON.parse(await readFile(join(folder, 'drawn/train.json'), 'utf8'));
  const rows = images.map(([image, labels]) => `${image.replace('images/', '')},${labels.join('|')}`);
  await writeFile(join(folder, 'labels.csv'), `file,labels\n${rows.join('\n')}\n`);
  for (const to of ['photos', 'new']) await mkdir(join(folder, to));
  for (const name of readdirSync(join(folder, 'drawn/images'))) {
    await rename(
      join(folder, 'drawn/images', name),
      join(folder, name.startsWith('val') ? 'new' : 'photos', name),
    );
  }
  await rm(join(folder, 'drawn'), { recursive: true });
  const [any] = readdirSync(join(folder, 'new'));
  await sharp(join(folder, 'new', any))
    .jpeg()
    .toFile(join(folder, 'photo.jpg'));

  await useEngine('wasm');
  const labels = new LabelVocabulary(['cat', 'dog']);
  for (const [name, options] of [
    ['random', {}],
    ['torchvision', { layout: 'torchvision' }],
  ]) {
    const parts = { backbone: { name: 'mobilenet-v3-small', options }, head: { name: 'linear' } };
    const model = await buildModel(parts, { labels, height: 64, width: 64, seed: 1 });
    await saveModel(model, join(folder, name));
    model.dispose();
  }
  await rename(join(folder, 'torchvision/model.safetensors'), join(folder, 'start.safetensors'));
  await rm(join(folder, 'torchvision'), { recursive: true });
}
