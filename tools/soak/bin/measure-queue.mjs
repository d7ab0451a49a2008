// What a queue costs: predicts a list without a queue, then by 1 and by 3 workers of this machine, and compares.
//   node tools/soak/bin/measure-queue.mjs --model FOLDER --photos FOLDER [--count 2000] [--workers 1,3] [--lump N] [--repeat 1]
// It needs built apps and redis-server. Photographs are copied into a store in a temporary folder. It prints seconds from
// start to end of each command, images/s, and whether the merged file is the same to the byte.
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startRedisServer } from '@polytag/queue/redis-server';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    photos: { type: 'string' },
    count: { type: 'string', default: '2000' },
    workers: { type: 'string', default: '1,3' },
    lump: { type: 'string' },
    repeat: { type: 'string', default: '1' },
  },
});
if (!values.model || !values.photos) throw new Error('Give --model FOLDER and --photos FOLDER.');
const EVAL = resolve(import.meta.dirname, '../../../apps/evaluator/bin/polytag-eval.js');
const folder = await mkdtemp(join(tmpdir(), 'polytag-queue-'));

const names = (await readdir(values.photos, { recursive: true }))
  .filter((name) => ['.jpg', '.jpeg', '.png'].includes(extname(name).toLowerCase()))
  .sort()
  .slice(0, Number(values.count));
await mkdir(join(folder, 'store/photos'), { recursive: true });
const paths = [];
for (const [i, name] of names.entries()) {
  const path = join(folder, 'store/photos', `${String(i).padStart(6, '0')}${extname(name)}`);
  await copyFile(join(values.photos, name), path);
  paths.push(path);
}
const list = join(folder, 'list.txt');
await writeFile(list, paths.map((path) => `${path}\n`).join(''));

function run(argv) {
  const child = spawn(process.execPath, [EVAL, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (text) => (words = (words + text).slice(-4000)));
  const ended = new Promise((done) => child.on('close', (code) => done({ code, words })));
  const said = async (text) => {
    while (!words.includes(text)) await setTimeout(20);
  };
  return { child, ended, said };
}

const predict = (out) => ['predict', '--from', list, '--model', values.model, '--scores', '--out', join(folder, out)]; // prettier-ignore
async function timed(argv) {
  const began = performance.now();
  const { code, words } = await run(argv).ended;
  if (code !== 0) throw new Error(words);
  return (performance.now() - began) / 1000;
}
const show = (what, seconds, more = '') =>
  console.log(`${what}: ${seconds.toFixed(1)} s, ${(names.length / seconds).toFixed(1)} images/s${more}  (load ${loadavg()[0].toFixed(1)})`); // prettier-ignore

for (let i = 0; i < Number(values.repeat); i++) {
  const plain = await timed(predict('plain.csv'));
  show('no queue', plain);
  for (const count of values.workers.split(',').map(Number)) {
    const redis = await startRedisServer();
    if (!redis) throw new Error('There is no redis-server.');
    await rm(join(folder, 'store/jobs'), { recursive: true, force: true });
    const place = ['--queue', redis.url, '--store', join(folder, 'store')];
    const workers = Array.from({ length: count }, () => run(['worker', ...place]));
    await Promise.all(workers.map(({ said }) => said('waiting for jobs')));
    // Workers are there before there is work.
    await setTimeout(4000);
    const seconds = await timed([...predict('queued.csv'), ...place, ...(values.lump ? ['--lump', values.lump] : [])]); // prettier-ignore
    const same = (await readFile(join(folder, 'plain.csv'))).equals(
      await readFile(join(folder, 'queued.csv')),
    );
    const jobs = (await readdir(join(folder, 'store/jobs'))).length;
    show(
      `${count} worker(s)`,
      seconds,
      `, ${((100 * seconds) / plain - 100).toFixed(1)} % longer, ${jobs} jobs, ${same ? 'same file' : 'ANOTHER FILE'}`,
    );
    for (const { child } of workers) child.kill('SIGTERM');
    await Promise.all(workers.map(({ ended }) => ended));
    await redis.stop();
  }
}
await rm(folder, { recursive: true });
