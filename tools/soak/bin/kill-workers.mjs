// Kills workers, their children, the coordinator and the broker at random moments, and compares what comes out with a run
// without a queue:
//   node tools/soak/bin/kill-workers.mjs [--minutes 10] [--kills 100] [--photographs 400] [--pause 2.5]
// Most kills are of children. Sweep and prediction begin anew until there were as many kills, or the minutes are over.
// It needs built apps and redis-server, and says how many kills of what it made, whether trials.json and the merged file were
// the same to the byte each time, whether a result was published twice, and whether a process was left 10 s after the end.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeScenes } from '@polytag/datasets/scenes';
import { startRedisServer } from '@polytag/queue/redis-server';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    kills: { type: 'string', default: '100' },
    photographs: { type: 'string', default: '400' },
    // Seconds between two kills, on average: a process that is killed three times before it has done anything is given up.
    pause: { type: 'string', default: '2.5' },
    seed: { type: 'string', default: '1' },
  },
});
const [minutes, most, photographs, pause] = [values.minutes, values.kills, values.photographs, values.pause].map(Number); // prettier-ignore
const root = resolve(import.meta.dirname, '../../..');
const TRAIN = join(root, 'apps/trainer/bin/polytag-train.js');
const EVAL = join(root, 'apps/evaluator/bin/polytag-eval.js');
const folder = await mkdtemp(join(tmpdir(), 'polytag-kills-'));
const store = join(folder, 'store');

/** Draws the moments and the victims; another seed draws others. */
let state = Number(values.seed);
const random = () => ((state = (state * 1103515245 + 12345) % 2 ** 31), state / 2 ** 31);

await writeScenes({ folder: join(store, 'data'), seed: 1, train: photographs, validation: 24, size: 40 });
await writeFile(
  join(store, 'tiny.yaml'),
  `seed: 1
data: { root: data, height: 32, width: 32, workers: 0, train: small.json }
model:
  backbone: { name: mobilenet-v3-small, options: { widthMultiplier: 0.25 } }
  head: { name: linear, options: { space: cosines, scale: 17 } }
training: { epochs: 3, batchSize: 4, learningRate: 0.01, sam: false, ema: false, checkpointEvery: 4 }
`,
);
const whole = JSON.parse(await readFile(join(store, 'data/train.json'), 'utf8'));
await writeFile(
  join(store, 'data/small.json'),
  JSON.stringify({ ...whole, images: whole.images.slice(0, 24) }),
);
await writeFile(
  join(folder, 'grid.yaml'),
  'training.learningRate: [0.003, 0.01, 0.03, 0.05]\nloss.name: [aam-asl]\ntraining.weightDecay: [0.0001, 0.001, 0.01]\n',
);

const children = new Map();
function start(name, program, argv) {
  const child = spawn(process.execPath, [program, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (text) => (words = (words + text).slice(-3000)));
  const ended = new Promise((done) =>
    child.on('close', (code, signal) => done({ code, signal, words: () => words })),
  );
  const entry = { name, child, ended, words: () => words };
  children.set(name, entry);
  return entry;
}

const sweepArgs = (out) => ['sweep', '--config', join(store, 'tiny.yaml'), '--grid', join(folder, 'grid.yaml'), '--no-prune', '--out', join(folder, out)]; // prettier-ignore
const predictArgs = (out, model) => ['predict', join(store, 'data/images'), '--model', model, '--out', join(folder, out)]; // prettier-ignore

// Without a queue.
let began = performance.now();
const plain = await start('plain', TRAIN, sweepArgs('plain')).ended;
if (plain.code !== 0) throw new Error(plain.words());
const [first] = (await readdir(join(folder, 'plain/jobs'))).sort();
const model = join(folder, 'plain/jobs', first, 'result/run/best');
const sweepSeconds = (performance.now() - began) / 1000;
began = performance.now();
const single = await start('single', EVAL, predictArgs('plain.csv', model)).ended;
if (single.code !== 0) throw new Error(single.words());
console.log(`without a queue: sweep ${sweepSeconds.toFixed(0)} s, prediction ${((performance.now() - began) / 1000).toFixed(0)} s`); // prettier-ignore

let redis = await startRedisServer({ folder: join(folder, 'redis') });
if (!redis) throw new Error('There is no redis-server.');
const port = Number(new URL(redis.url).port);
const place = ['--queue', redis.url, '--store', store];
const counts = { worker: 0, child: 0, coordinator: 0, redis: 0 };

const workers = ['train-1', 'train-2', 'eval-1'];
let isOver = false;
/** Starts a worker again whenever it ends, as a supervisor does: one that finds no broker ends with 9. */
async function startWorker(name) {
  while (!isOver) {
    await start(name, name.startsWith('train') ? TRAIN : EVAL, ['worker', ...place, '--lock', '4']).ended;
    await setTimeout(500);
  }
}
for (const name of workers) void startWorker(name);

const jobs = {
  sweep: [TRAIN, [...sweepArgs('queued'), ...place]],
  predict: [EVAL, [...predictArgs('queued.csv', model), ...place, '--lump', '40']],
};
const done = new Set();
const failures = [];
/** Jobs that were killed three times without having come further: their command names them, and tries them again. */
let givenUp = 0;
async function coordinate(name) {
  for (;;) {
    const { code, signal, words } = await start(name, ...jobs[name]).ended;
    if (code === 0) break;
    // 9: the broker was away as it began.
    if (signal === null && code !== 9) {
      failures.push(`${name} ended with ${code}: ${words()}`);
      break;
    }
    if (code === 9 && /job-failed|jobs-failed/.test(words())) {
      if (/ended by SIGKILL|stalled/.test(words())) givenUp++;
      else failures.push(`${name}: ${words().slice(-600)}`);
    }
    await setTimeout(500);
  }
  done.add(name);
}
/** Processes that do jobs, of this repository. */
const jobProcesses = () =>
  execFileSync('ps', ['-eo', 'pid,args'])
    .toString()
    .split('\n')
    .filter((line) => line.includes(`${root}/apps/`) && line.includes('bin/run-job.js'))
    .map((line) => Number.parseInt(line, 10));

const kill = (pid) => {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
};

const same = async (a, b) =>
  (await readFile(join(folder, a)).catch(() => Buffer.from('a'))).equals(
    await readFile(join(folder, b)).catch(() => Buffer.from('b')),
  );

const end = Date.now() + 60_000 * minutes;
const total = () => Object.values(counts).reduce((sum, count) => sum + count, 0);
const isEnough = () => total() >= most || Date.now() > end;

async function killOne() {
  const draw = random();
  if (draw < 0.7) {
    const pids = jobProcesses();
    if (pids.length > 0 && kill(pids[Math.floor(random() * pids.length)])) counts.child++;
  } else if (draw < 0.82) {
    if (kill(children.get(workers[Math.floor(random() * workers.length)]).child.pid)) counts.worker++;
  } else if (draw < 0.91) {
    const open = Object.keys(jobs).filter((name) => !done.has(name));
    const name = open[Math.floor(random() * open.length)];
    if (name !== undefined && kill(children.get(name).child.pid)) counts.coordinator++;
  } else {
    kill(redis.process.pid);
    counts.redis++;
    await setTimeout(500 + 1500 * random());
    redis = await startRedisServer({ folder: join(folder, 'redis'), port });
  }
}

/** Of each time that sweep and prediction were done: whether they came out the same. */
const rounds = [];
let published = 0;
const left = [];
do {
  done.clear();
  await rm(join(store, 'jobs'), { recursive: true, force: true });
  for (const out of ['queued', 'queued.csv']) await rm(join(folder, out), { recursive: true, force: true });
  const before = total();
  const coordinated = Object.keys(jobs).map(coordinate);
  while (done.size < coordinated.length && Date.now() < end + 600_000) {
    await setTimeout(1000 * pause * (0.4 + 1.2 * random()));
    if (!isEnough() && done.size < coordinated.length) await killOne();
  }
  await Promise.race([Promise.all(coordinated), setTimeout(1000)]);
  rounds.push({
    kills: total() - before,
    sameTable: await same('plain/trials.json', 'queued/trials.json'),
    sameFile: await same('plain.csv', 'queued.csv'),
  });
  console.log(JSON.stringify({ ...rounds.at(-1), all: counts, givenUp }));
  // A worker may be clearing up what was published last.
  await setTimeout(3000);
  for (const id of await readdir(join(store, 'jobs'))) {
    published++;
    const inside = await readdir(join(store, 'jobs', id));
    if (inside.length !== 1 || inside[0] !== 'result') left.push(`${id}: ${inside}`);
  }
} while (!isEnough() && failures.length === 0);
isOver = true;
for (const name of workers) kill(children.get(name).child.pid);
await setTimeout(10_000);
const orphans = jobProcesses();
await redis.stop();

const result = {
  kills: counts,
  givenUp,
  rounds: rounds.length,
  sameTable: rounds.every(({ sameTable }) => sameTable),
  sameFile: rounds.every(({ sameFile }) => sameFile),
  jobs: published,
  unfinished: left,
  orphans: orphans.length,
  failures,
};
console.log(JSON.stringify(result, null, 2));
const isGood = result.sameTable && result.sameFile && result.orphans === 0 && failures.length === 0;
if (isGood) await rm(folder, { recursive: true });
else console.log(`everything is kept in ${folder}`);
process.exit(isGood ? 0 : 1);
