// Cuts, queues and merges a list of many names, with a worker that decodes nothing:
//   node tools/soak/bin/simulate-names.mjs --model FOLDER [--names 10000000]
// It needs built apps and redis-server, and prints the rate, the CPU time and the most memory of the coordinator
// (polytag-eval predict --queue, as it is) and of Redis, and whether the merged file has every name, in its order.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { clearInterval, setInterval } from 'node:timers';
import { parseArgs } from 'node:util';
import { brokerAddress, runWorker, Store } from '@polytag/queue';
import { startRedisServer } from '@polytag/queue/redis-server';

const { values } = parseArgs({ options: { model: { type: 'string' }, names: { type: 'string', default: '10000000' } } }); // prettier-ignore
if (!values.model) throw new Error('Give --model FOLDER.');
const count = Number(values.names);
const EVAL = resolve(import.meta.dirname, '../../../apps/evaluator/bin/polytag-eval.js');
const folder = await mkdtemp(join(tmpdir(), 'polytag-names-'));
const store = await Store.open(join(folder, 'store'));
const nameOf = (i) => join(store.path, `photos/${Math.floor(i / 1000)}/${String(i).padStart(8, '0')}.jpg`);

const list = createWriteStream(join(folder, 'list.txt'));
for (let i = 0; i < count;) {
  const piece = [];
  for (const end = Math.min(count, i + 10_000); i < end; i++) piece.push(`${nameOf(i)}\n`);
  if (!list.write(piece.join(''))) await once(list, 'drain');
}
list.end();
await once(list, 'finish');

const redis = await startRedisServer();
if (!redis) throw new Error('There is no redis-server.');
const stop = new globalThis.AbortController();
const worker = runWorker({
  ...{ broker: brokerAddress(redis.url), store, program: 'eval', parallel: 1, allowModules: false },
  ...{ lockSeconds: 30, signal: stop.signal, tell: () => undefined },
  childModule: new URL('./simulated-lumps.mjs', import.meta.url),
});

/** Most memory in MB and CPU seconds of a process so far. */
async function taken(pid) {
  const [status, stat] = await Promise.all(
    ['status', 'stat'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
  );
  const ticks = stat.split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [0, 0];
  return { MB: Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024), cpuSeconds: (ticks[0] + ticks[1]) / 100 }; // prettier-ignore
}

const argv = [
  'predict',
  '--from',
  join(folder, 'list.txt'),
  '--model',
  values.model,
  '--out',
  join(folder, 'merged.csv'),
];
const began = performance.now();
const coordinator = spawn(process.execPath, [EVAL, ...argv, '--queue', redis.url, '--store', store.path], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
let last = { coordinator: { MB: 0, cpuSeconds: 0 }, redis: { MB: 0, cpuSeconds: 0 } };
const watch = setInterval(async () => {
  const now = { coordinator: await taken(coordinator.pid), redis: await taken(redis.process.pid) };
  if (now.coordinator.MB > 0) last = now;
}, 500);
const [status] = await once(coordinator, 'close');
clearInterval(watch);
const seconds = (performance.now() - began) / 1000;
stop.abort();
await worker;
await redis.stop();

let lines = -1;
let isInOrder = true;
if (status === 0)
  for await (const line of createInterface({ input: createReadStream(join(folder, 'merged.csv')) })) {
    if (lines >= 0 && line !== `${nameOf(lines)},0.5`) isInOrder = false;
    lines++;
  }
const jobs = (await readdir(join(store.path, 'jobs'))).length;
console.log(
  JSON.stringify({
    ...{ names: count, status, seconds, namesPerSecond: Math.round(count / seconds), jobs, ...last },
    isWhole: lines === count && isInOrder,
  }),
);
await rm(folder, { recursive: true });
