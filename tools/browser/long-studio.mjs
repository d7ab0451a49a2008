// The page with many photographs, by hand, after `npm run build`; writes what it measures:
//   node tools/browser/long-studio.mjs MODEL_FOLDER LABEL_FILE [photographs, default 200]
//   node tools/browser/long-studio.mjs MODEL_FOLDER LABEL_FILE 1000 --features
//
// Trains on the first photographs of a label file with its five commonest labels, and compares the mAP with that of
// `polytag-eval score`; scrolls 5,000 thumbnails; and opens the page of a static host again when the host is gone.
// With --features: time of the backbone's features and of training a head, in the page with one worker and with one for
// each core, and of `polytag-eval embed` and `polytag-train fit` on the same photographs. CPU time is of all processes
// of the browser, or of the command. `polytag-train fit` starts from the weights that POLYTAG_WEIGHTS names: a file, or
// what `model.weights` takes (default imagenet).
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { chromium } from 'playwright-core';

const [model, labelFile, count = '200'] = process.argv.slice(2).filter((one) => !one.startsWith('--'));
const apps = resolve(import.meta.dirname, '../../apps');
const bin = join(apps, 'evaluator/bin/polytag-eval.js');
const folder = await mkdtemp(join(tmpdir(), 'polytag-long-studio-'));
const browser = await chromium.launch({
  executablePath: process.env.POLYTAG_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

/** A label file of the first photographs, each `times`, with the five commonest labels. */
async function writeData(name, most, times = 1) {
  const { classes, images } = JSON.parse(await readFile(labelFile, 'utf8'));
  const counts = classes.map((label) => [
    label,
    images.filter(([, labels]) => labels.includes(label)).length,
  ]);
  const kept = counts
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5)
    .map(([label]) => label);
  const entries = [];
  for (let time = 0; time < times; time++) {
    for (const [path, labels] of images.slice(0, most)) {
      const copy = `images/${time}-${entries.length}${extname(path)}`;
      await mkdir(join(folder, name, 'images'), { recursive: true });
      await cp(resolve(dirname(labelFile), path), join(folder, name, copy));
      entries.push([copy, labels.filter((label) => kept.includes(label))]);
    }
  }
  await writeFile(join(folder, name, 'all.json'), JSON.stringify({ classes: kept, images: entries }));
  return join(folder, name, 'all.json');
}

async function withPlay(argv, use, prepare = () => {}) {
  const server = spawn(process.execPath, [bin, 'play', ...argv, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await new Promise((told, failed) => {
    server.stdout.once('data', (line) => told(String(line).trim()));
    server.once('exit', (status) => failed(new Error(`polytag-eval play ends with ${status}.`)));
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('console', (message) => console.log('console:', message.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(address) && !/^(blob|data):/.test(request.url()))
      console.log('elsewhere:', request.url());
  });
  await prepare(page);
  await page.goto(address);
  try {
    await use(page);
  } finally {
    await page.close();
    server.kill('SIGINT');
  }
}

const open = (page, tab) => page.getByRole('link', { name: tab, exact: true }).click();
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

/** Waits for the result of training, or throws what the page says instead. */
async function trained(page, timeout) {
  const error = page.locator('.notice.error');
  await page.locator('.headline').or(error).first().waitFor({ timeout });
  if (await error.count()) throw new Error(`The page says: ${await error.first().innerText()}`);
}

async function trainAndScore(data) {
  await withPlay(['--model', model, '--data', data], async (page) => {
    await page.getByText('ms per image').waitFor({ timeout: 120_000 });
    await open(page, 'Label');
    for (let i = 0; i < 10; i++) {
      await page.locator('.cell').nth(i).click();
      await page.keyboard.press('1');
      await page.keyboard.press('1');
    }
    await page.waitForTimeout(500);
    await page.reload();
    await page.getByText('ms per image').waitFor({ timeout: 120_000 });
    await open(page, 'Train');
    await press(page, 'Train');
    const headline = page.locator('.headline');
    await trained(page, 1_200_000);
    console.log(
      'page:',
      await headline.textContent(),
      '·',
      await page.getByText('Features of').textContent(),
    );
    const download = async (name) => {
      const [given] = await Promise.all([page.waitForEvent('download'), press(page, name)]);
      return readFile(await given.path());
    };
    const held = join(dirname(data), 'held-out.json');
    await writeFile(held, await download('Held-out label file'));
    for (const [path, bytes] of Object.entries(unzipSync(await download('Model folder (zip)')))) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    const scored = spawnSync(process.execPath, [
      bin,
      'score',
      '--model',
      join(folder, 'model'),
      '--data',
      held,
    ]);
    console.log('polytag-eval score:', /^mAP .*$/m.exec(String(scored.stdout))?.[0]);
  });
}

/** Seconds of user and system time: of a process and those that it started and are still there. Linux. */
function cpuSeconds(root) {
  const tree = new Map();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      tree.set(Number(name), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // It has ended meanwhile.
    }
  }
  const isInside = (pid) => pid === root || (tree.has(pid) && isInside(tree.get(pid).parent));
  return [...tree].reduce((sum, [pid, { ticks }]) => sum + (isInside(pid) ? ticks : 0), 0) / 100;
}

/** Runs a command line, and tells what it took. */
function timed(name, bin, argv) {
  const start = performance.now();
  const usage = join(folder, 'usage.txt');
  const { status } = spawnSync('bash', [
    '-c',
    `TIMEFORMAT='%U %S'; { time "$@" 2> "$0.err" > /dev/null; } 2> "$0"`,
    usage,
    process.execPath,
    bin,
    ...argv,
  ]);
  if (status !== 0) throw new Error(`${name} ends with ${status}: ${readFileSync(`${usage}.err`, 'utf8')}`);
  const [user, system] = readFileSync(usage, 'utf8').trim().split(' ').map(Number);
  console.log(
    `${name}: ${((performance.now() - start) / 1000).toFixed(1)} s, ${(user + system).toFixed(1)} s of CPU time`,
  );
}

/** The page reads the number of cores in its worker: there it is replaced. */
const withCores = (cores) => (page) =>
  page.route('**/network.worker-*.js', async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replaceAll('navigator.hardwareConcurrency', `(${cores})`);
    await route.fulfill({ response, body });
  });

async function features(data) {
  const cores = availableParallelism();
  for (const workers of [...new Set([1, Math.min(4, cores)])]) {
    await withPlay(
      ['--model', model, '--data', data],
      async (page) => {
        await page.getByText('ms per image').waitFor({ timeout: 120_000 });
        await open(page, 'Train');
        const before = cpuSeconds(process.pid);
        await press(page, 'Train');
        await trained(page, 3_600_000);
        console.log(
          `page: ${await page.getByText('Features of').textContent()} CPU time of both: ${(cpuSeconds(process.pid) - before).toFixed(1)} s`,
        );
      },
      withCores(workers),
    );
  }
  const photographs = join(dirname(data), 'images');
  for (const replicas of [...new Set([1, cores])]) {
    const argv = [
      'embed',
      photographs,
      '--model',
      model,
      '--replicas',
      `${replicas}`,
      '--workers',
      `${replicas}`,
    ];
    timed(`polytag-eval embed, --replicas ${replicas}`, bin, [
      ...argv,
      '--out',
      join(folder, `v${replicas}.npy`),
    ]);
  }
  const trainer = join(apps, 'trainer/bin/polytag-train.js');
  timed('polytag-train split', trainer, [
    'split',
    '--data',
    data,
    '--val',
    '0.2',
    '--seed',
    '5',
    '--out',
    dirname(data),
  ]);
  const at = (name) => join(dirname(data), name);
  const { height, width } = JSON.parse(await readFile(join(model, 'preprocessor_config.json'), 'utf8')).size;
  const init = ['init', '--recipe', 'features', '--train', at('train.json'), '--val', at('val.json')];
  timed('polytag-train init', trainer, [...init, '--out', at('polytag.yaml')]);
  const fit = [
    'fit',
    '--config',
    at('polytag.yaml'),
    '--set',
    `data.height=${height}`,
    '--set',
    `data.width=${width}`,
  ];
  const weights = ['--set', `model.weights=${process.env.POLYTAG_WEIGHTS ?? 'imagenet'}`];
  timed('polytag-train fit, features included', trainer, [...fit, ...weights, '--out', at('runs/first')]);
  timed('polytag-train fit, features cached', trainer, [...fit, ...weights, '--out', at('runs/second')]);
}

async function scroll(data) {
  await withPlay(['--data', data], async (page) => {
    await open(page, 'Label');
    await page.locator('.cell img').first().waitFor({ timeout: 60_000 });
    const frames = await page.evaluate(async () => {
      const grid = globalThis.document.querySelector('.grid');
      const next = () => new Promise((done) => globalThis.requestAnimationFrame(done));
      const times = [];
      for (let before = await next(); grid.scrollTop + grid.clientHeight < grid.scrollHeight - 2;) {
        grid.scrollTop += 120;
        const now = await next();
        times.push(now - before);
        before = now;
      }
      return times.sort((a, b) => a - b);
    });
    const at = (share) => frames[Math.floor(share * (frames.length - 1))].toFixed(1);
    console.log(
      `scrolled to the end in ${frames.length} frames: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms`,
    );
  });
}

async function offline() {
  const root = join(apps, 'evaluator/page');
  const types = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
    '.wasm': 'application/wasm',
  };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname.replace(/\/$/, '/index.html');
    const content = await readFile(join(root, path)).catch(() => undefined);
    response.statusCode = content ? 200 : 404;
    response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
    response.end(content);
  });
  await new Promise((started) => server.listen(0, '127.0.0.1', started));
  const page = await browser.newPage();
  page.on('console', (message) => console.log('console:', message.text()));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate(() => globalThis.navigator.serviceWorker.ready);
  await page.waitForTimeout(1500);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  const start = performance.now();
  await page.reload();
  await press(page, 'Try the example');
  await page.locator('.bars li').first().waitFor({ timeout: 60_000 });
  console.log(
    `without a network: the example shows its labels ${((performance.now() - start) / 1000).toFixed(1)} s after a reload`,
  );
  await page.close();
}

try {
  if (process.argv.includes('--features')) await features(await writeData('some', Number(count)));
  else {
    await offline();
    await trainAndScore(await writeData('some', Number(count)));
    await scroll(await writeData('many', 500, 10));
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
