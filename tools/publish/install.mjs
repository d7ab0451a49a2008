/* global document, fetch */
// Packs every package as npm would publish it, installs them into empty projects, and runs what a user would run:
//   node tools/publish/install.mjs                     after `npm run build`; on this Node
//   node tools/publish/install.mjs --node 20,22,24     on each of these, which are fetched from npm
//   node tools/publish/install.mjs --only vite-page
//
// An empty project imports every entry point and runs both command lines; then each folder of examples/ is installed from
// the same files and run, the page in Chromium where there is one. Ends with 1 when something fails.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { entryPoints, published, readManifest, root } from './packages.mjs';

const { values: options } = parseArgs({ options: { node: { type: 'string' }, only: { type: 'string' } } });
const folder = await mkdtemp(join(tmpdir(), 'polytag-install-'));
const windows = process.platform === 'win32';
let failed = 0;

/** Runs a program to its end, and gives what it printed. @throws Error where it fails */
function run(command, args, cwd, env = process.env) {
  const { stdout, stderr, status } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    shell: windows,
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ends with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

async function check(name, work) {
  const start = performance.now();
  try {
    await work();
    console.log(`ok      ${name} (${((performance.now() - start) / 1000).toFixed(0)} s)`);
  } catch (error) {
    failed++;
    console.error(`FAILED  ${name}\n${error.stack}`);
  }
}

const manifests = published().map((path) => readManifest(join(root, path)));

/** A file of each package, by its name. */
async function packAll() {
  const files = join(folder, 'packed');
  await mkdir(files);
  const which = published().flatMap((path) => ['--workspace', path]);
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', files, ...which], root);
  const names = await readdir(files);
  return Object.fromEntries(
    manifests.map(({ name, version }) => {
      const start = `${name.slice(1).replace('/', '-')}-${version}.tgz`;
      return [
        name,
        `file:${join(
          files,
          names.find((file) => file === start),
        )}`,
      ];
    }),
  );
}

/** Installs a project whose packages of this repository come from the files; what they need comes from npm. */
async function install(project, packed, all = false) {
  const path = join(project, 'package.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  const named = { ...manifest.dependencies, ...manifest.devDependencies };
  const needed = all ? Object.keys(packed) : closureOf(Object.keys(named).filter((name) => name in packed));
  manifest.dependencies = { ...named, ...Object.fromEntries(needed.map((name) => [name, packed[name]])) };
  delete manifest.devDependencies;
  await writeFile(path, JSON.stringify(manifest, null, 2));
  // Strict: everything that comes along takes this Node.
  const how = ['--engine-strict', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  run('npm', ['install', ...how], project);
}

/** These and what they need of this repository: npm would look for it where it is not published yet. */
function closureOf(names) {
  const seen = new Set(names);
  for (const name of seen) {
    const { dependencies, peerDependencies } = manifests.find((one) => one.name === name);
    for (const needed of Object.keys({ ...dependencies, ...peerDependencies }))
      if (manifests.some((one) => one.name === needed)) seen.add(needed);
  }
  return [...seen];
}

/** The folder of a Node, which comes first on the path of what is run with it. */
function nodeFolder(version) {
  if (version === undefined) return dirname(process.execPath);
  const aside = join(folder, `node-${version}`);
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  run(
    'npm',
    ['install', '--prefix', aside, '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${version}`],
    folder,
  );
  return join(aside, 'node_modules', name, 'bin');
}

const withNode = (bin) => ({ ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` });

/** The address that a server prints when it listens, and how it is stopped. */
async function started(command, args, cwd, env) {
  const child = spawn(command, args, { cwd, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const address = await new Promise((resolve, reject) => {
    child.stdout.on('data', () => {
      const found = /http:\S+/.exec(said);
      if (found) resolve(found[0]);
    });
    child.on('exit', (status) => reject(new Error(`${args.join(' ')} ended with ${status}: ${said}`)));
  });
  const stop = () =>
    new Promise((resolve, reject) => {
      child.removeAllListeners('exit');
      child.on('exit', (status) =>
        status === 0 ? resolve() : reject(new Error(`stopped with ${status}: ${said}`)),
      );
      child.kill('SIGTERM');
    });
  return { address, stop };
}

async function post(address, body, type) {
  const response = await fetch(address, { method: 'POST', body, headers: { 'content-type': type } });
  return { status: response.status, json: await response.json() };
}

function demand(is, told) {
  if (!is) throw new Error(told);
}

const MAKE_MODEL = `import { LabelVocabulary } from '@polytag/core';
import { writeScenes } from '@polytag/datasets/scenes';
import { useEngine } from '@polytag/engine';
import { buildModel, saveModel } from '@polytag/model';
await useEngine('wasm');
await writeScenes({ folder: 'data', seed: 1, train: 4, validation: 2, size: 64 });
const model = await buildModel(
  { backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } }, head: { name: 'linear' } },
  { labels: new LabelVocabulary(['cat', 'dog', 'tree']), height: 64, width: 64, seed: 1 },
);
await saveModel(model, 'model');
`;

/** Every entry point, both command lines, the server. */
async function emptyProject(project, env) {
  // Types of browsers and of optional runtimes aside, each can be imported in Node by itself.
  for (const name of manifests.flatMap((manifest) => entryPoints(manifest).map((entry) => entry.name)))
    run('node', ['--input-type=module', '-e', `await import('${name}')`], project, env);
  await writeFile(join(project, 'make-model.mjs'), MAKE_MODEL);
  run('node', ['make-model.mjs'], project, env);
  const bin = (name) => join(project, 'node_modules/.bin', name);
  run(bin('polytag-train'), ['--version'], project, env);
  run(bin('polytag-train'), ['inspect', '--data', 'data/train.json'], project, env);
  const lines = run(
    bin('polytag-eval'),
    ['predict', 'data/images', '--model', 'model', '--json', '--top', '1'],
    project,
    env,
  );
  demand(lines.trim().split('\n').length === 6, `predict gives ${lines}`);
  const server = await started(
    bin('polytag-eval'),
    ['serve', '--model', 'model', '--port', '0'],
    project,
    env,
  );
  const { status, json } = await post(`${server.address}/predict?top=2`, await photoOf(project), 'image/png');
  demand(status === 200 && json.labels.length === 2, `serve gives ${status} ${JSON.stringify(json)}`);
  await server.stop();
}

async function photoOf(project) {
  const [name] = await readdir(join(project, 'data/images'));
  return readFile(join(project, 'data/images', name));
}

const EXAMPLES = {
  async 'node-script'(project, env) {
    const said = run('npm', ['start', '--silent'], project, env);
    const lines = said.trim().split('\n');
    demand(lines.length === 4 && lines[3].includes('error:'), said);
  },
  async 'own-head'(project, env) {
    run('npm', ['start', '--silent'], project, env);
  },
  async 'express-server'(project, env, made) {
    const server = await started('node', ['server.js', join(made, 'model'), '0'], project, env);
    const photo = await photoOf(made);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(server.address, photo, 'image/png')),
    );
    demand(
      answers.every(({ status, json }) => status === 200 && Array.isArray(json.labels)),
      JSON.stringify(answers[0]),
    );
    const refused = await post(server.address, 'text', 'image/png');
    demand(
      refused.status === 422 && refused.json.error.code === 'data/not-an-image',
      JSON.stringify(refused),
    );
    await server.stop();
  },
  async 'vite-page'(project, env, made) {
    await cp(join(made, 'model'), join(project, 'public/model'), { recursive: true });
    run('npm', ['run', 'build', '--silent'], project, env);
    await inBrowser(join(project, 'dist'), await photoOf(made));
  },
};

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** Opens the built page, gives it a photograph and expects labels. */
async function inBrowser(site, photo) {
  const executablePath = [
    process.env.POLYTAG_CHROMIUM ?? '',
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
  ].find(existsSync);
  if (!executablePath) return console.log('        no Chromium here: the page is built, and not opened');
  const { chromium } = await import('playwright-core');
  const server = createServer(async (request, response) => {
    const path = join(site, new URL(request.url, 'http://a').pathname.replace(/\/$/, '/index.html'));
    const content = await readFile(path).catch(() => undefined);
    response.writeHead(content ? 200 : 404, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    });
    response.end(content);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(
      () => document.querySelector('#labels').textContent.startsWith('Choose'),
      undefined,
      { timeout: 60_000 },
    );
    await page.setInputFiles('#photo', { name: 'photo.png', mimeType: 'image/png', buffer: photo });
    await page.waitForFunction(
      () => /\w+ 0\.\d{3}, \w+ 0\.\d{3}/.test(document.querySelector('#labels').textContent),
      undefined,
      { timeout: 60_000 },
    );
  } finally {
    await browser.close();
    server.close();
  }
}

try {
  const packed = await packAll();
  const made = join(folder, 'empty');
  await mkdir(made);
  await writeFile(join(made, 'package.json'), '{ "private": true, "type": "module" }');
  await check(`install ${manifests.length} packages into an empty project`, () =>
    install(made, packed, true),
  );
  run('node', ['--version'], made);
  const examples = Object.keys(EXAMPLES).filter((name) => (options.only ?? name) === name);
  for (const name of examples) {
    await cp(join(root, 'examples', name), join(folder, name), {
      recursive: true,
      filter: (path) => !/node_modules|\/dist$|public/.test(path.slice(root.length)),
    });
    await check(`install examples/${name}`, () => install(join(folder, name), packed));
  }
  for (const version of options.node?.split(',') ?? [undefined]) {
    const env = withNode(nodeFolder(version));
    const node = run('node', ['--version'], folder, env).trim();
    await check(`${node}: every entry point, both command lines, the server`, () => emptyProject(made, env));
    for (const name of examples)
      await check(`${node}: examples/${name}`, () => EXAMPLES[name](join(folder, name), env, made));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
