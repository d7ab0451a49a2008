// Runs every TypeScript block of every README as it stands, each as a module of its own against the built packages:
//   node tools/publish/readmes.mjs [part of a path]        after `npm run build`
//
// A block finds the files that it names in its folder: photographs with label files, a trained model, its export, the layout of VOC.
// A block of JavaScript that begins with `// NAME.js` or `// NAME.mjs` is that file, for the blocks after it. Ends with 1 when a block fails.
import { spawn } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { transform } from 'esbuild';
import sharp from 'sharp';
import { LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { exportOnnx } from '@polytag/export';
import { buildModel, saveModel } from '@polytag/model';

const root = resolve(import.meta.dirname, '../..');
const wanted = process.argv[2] ?? '';

const folder = await mkdtemp(join(tmpdir(), 'polytag-readmes-'));
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
await makeFiles();

let failed = 0;
let ran = 0;
for (const readme of await readmes()) {
  const text = await readFile(join(root, readme), 'utf8');
  for (const { index, groups } of text.matchAll(/^```(?<language>ts|js)\n(?<code>.*?)^```/gms)) {
    const line = text.slice(0, index).split('\n').length + 1;
    const file = /^\/\/ ([\w-]+\.m?js)/.exec(groups.code)?.[1];
    if (file) await writeFile(join(folder, file), groups.code);
    if (groups.language !== 'ts') continue;
    const problem = await run(groups.code);
    ran++;
    if (problem === undefined) continue;
    failed++;
    console.error(`${readme}:${line} does not run as written:\n${problem}\n`);
  }
}
await rm(folder, { recursive: true });
if (failed === 0) console.log(`${ran} blocks of TypeScript run as written`);
process.exitCode = failed === 0 && ran > 0 ? 0 : 1;

/** README.md of the repository, and of each package and app. */
async function readmes() {
  const inside = async (group) =>
    (await readdir(join(root, group))).map((name) => join(group, name, 'README.md'));
  return ['README.md', ...(await inside('packages')), ...(await inside('apps'))].filter((path) =>
    path.includes(wanted),
  );
}

/** What a block that is run as a module printed, where it failed. */
async function run(code) {
  const module = join(folder, 'block.mjs');
  await writeFile(module, (await transform(code, { loader: 'ts', target: 'es2022' })).code);
  return new Promise((done) => {
    const child = spawn(process.execPath, [module, 'to', '3'], { cwd: folder });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data));
    child.on('close', (status) => done(status === 0 ? undefined : `${printed}(status ${status})`));
  });
}

/** The files that blocks name. */
async function makeFiles() {
  const photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } })
    .jpeg()
    .toBuffer();
  const write = async (path, content) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  };
  const labels = ['cat', 'dog'];
  const names = Array.from({ length: 8 }, (_, i) => `${i}.jpg`);
  await write('photo.jpg', photo);
  for (const name of names) await write(join('photos', name), photo);
  const listed = (some) =>
    JSON.stringify({ classes: labels, images: some.map((name, i) => [name, [labels[i % 2]]]) });
  await write('photos/train.json', listed(names));
  await write('photos/val.json', listed(names.slice(0, 4)));

  const id = '000001';
  for (const split of ['trainval', 'test']) {
    await write(`VOCdevkit/VOC2007/ImageSets/Main/${split}.txt`, `${split === 'test' ? '000002' : id}\n`);
  }
  for (const image of [id, '000002']) {
    const xml = '<annotation><object><name>dog</name></object></annotation>';
    await write(`VOCdevkit/VOC2007/Annotations/${image}.xml`, xml);
    await write(`VOCdevkit/VOC2007/JPEGImages/${image}.jpg`, photo);
  }

  await useEngine('wasm');
  const backbone = { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } };
  const sizes = { height: 64, width: 64, seed: 1 };
  const model = await buildModel(
    { backbone, head: { name: 'linear' } },
    { labels: new LabelVocabulary(labels), ...sizes },
  );
  await saveModel(model, join(folder, 'runs/first/best'));
  await exportOnnx(model, join(folder, 'onnx'));
  model.dispose();
}
