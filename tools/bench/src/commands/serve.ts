import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { wholeNumber, type Streams } from '@polytag/cli';
import { useEngine } from '@polytag/engine';
import { runNetwork } from '@polytag/evaluation';
import { best, loadModel } from '@polytag/model';
import { Command } from 'commander';
import { withFolderAside } from '../folder-aside.js';
import { tellMachine } from '../machine.js';
import { photographs, randomModel } from '../photographs.js';
import { writeResults } from '../results-file.js';
import { hostileRequests } from '../serving/hostile.js';
import { atOnce, connections, quantile, send, type Reply, type RequestBody } from '../serving/requests.js';
import { startServer, type ServerProcess } from '../serving/server-process.js';

interface ServeBenchOptions {
  readonly data?: string;
  readonly model?: string;
  readonly size: number;
  readonly requests: number;
  readonly connections: number;
  readonly hostile: number;
  readonly workers: number;
  readonly replicas: number;
  readonly json?: string;
}

/** Pictures that are sent, again and again. */
const PHOTOS = 200;
/** s that the server gives a request, and bytes a body. */
const [TIMEOUT, MAX_BYTES] = [20, 2_000_000];
/** Pictures before a time begins. */
const WARM_UP = 160;

export function serveCommand(streams: Streams): Command {
  return new Command('serve')
    .description(
      'requests a second of polytag-eval serve beside prediction without HTTP, also among hostile ones',
    )
    .option('--data <file>', 'label file whose images are sent; default: built-in scenes, drawn aside')
    .option('--model <folder>', 'model folder; default: MobileNetV3-Small with random weights')
    .option('--size <pixels>', "side of that one's images", wholeNumber, 224)
    .option('--requests <n>', 'requests of a run', wholeNumber, 1000)
    .option('--connections <n>', 'connections at once', wholeNumber, 50)
    .option('--hostile <n>', 'of as many requests, those that are hostile', wholeNumber, 100)
    .option('--workers <n>', 'threads that decode', wholeNumber, availableParallelism())
    .option('--replicas <n>', 'copies of the model', wholeNumber, 1)
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText(
      'after',
      '\nThe server is a process of its own; this one sends, and takes a part of the same cores. Each answer is compared with\nthe scores that prediction without HTTP gives, bit for bit. Ends with status 1 when one is lost or differs.',
    )
    .action(async (options: ServeBenchOptions) => {
      const { requests, hostile, workers, replicas } = options;
      const where = await tellMachine(streams);
      await useEngine('wasm');
      await withFolderAside(async (folder) => {
        const { paths, labels } = await photographs({ ...options, images: PHOTOS }, folder, streams);
        const model = options.model ?? (await randomModel(`${folder}/model`, labels, options.size));
        const sent = paths.slice(0, PHOTOS);
        const loop = await withoutHttp(model, sent, options);
        const photos = await Promise.all(sent.map((path) => readFile(path)));
        const server = await startServer([
          ...['--model', model, '--workers', `${workers}`, '--replicas', `${replicas}`],
          ...['--timeout', `${TIMEOUT}`, '--max-bytes', `${MAX_BYTES}`],
        ]);
        const work = { server, photos, answers: loop.answers, options };
        await run({ ...work, options: { ...options, requests: WARM_UP, hostile: 0 } });
        const clean = await run({ ...work, options: { ...options, hostile: 0 } });
        const attacked = await run(work);
        const stopped = await stopUnderLoad(work);
        const rate = (name: string, { rate, p50, p95, p99, again }: Figures) =>
          `${name}: ${rate.toFixed(1)} images/s, p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, ${again} times asked to come again\n`;
        const memory =
          clean.peakMemory === undefined
            ? ''
            : `peak memory of the server ${megabytes(clean.peakMemory)} with good requests, ${megabytes(attacked.peakMemory!)} with hostile ones\n`;
        streams.out.write(
          `without HTTP: ${loop.rate.toFixed(1)} images/s\n` +
            rate(`${requests} requests from ${options.connections} connections`, clean) +
            rate(`the same, ${hostile} of them hostile (times of the others)`, attacked) +
            attacked.kinds
              .map(({ name, sent, statuses }) => `  ${name}: ${sent} sent, answered ${statuses}\n`)
              .join('') +
            memory +
            `stopped under load: of the requests before the signal ${stopped.labels} were answered with labels, ${stopped.told} told that it is stopping, ${stopped.lost} lost; ${stopped.toldAfter} after it told so; ended with status ${stopped.status} after ${stopped.seconds.toFixed(1)} s\n`,
        );
        const faults = [...clean.faults, ...attacked.faults];
        if (stopped.lost > 0 || stopped.status !== 0) faults.push('stopping lost answers, or ended badly');
        for (const fault of faults.slice(0, 20)) streams.err.write(`wrong: ${fault}\n`);
        streams.out.write(
          faults.length === 0 ? 'nothing lost, nothing differs\n' : `${faults.length} wrong\n`,
        );
        await writeResults(options.json, {
          withoutHttp: loop.rate,
          clean,
          attacked,
          stopped,
          requests,
          connections: options.connections,
          workers,
          replicas,
          machine: where,
        });
        if (faults.length > 0) throw new Error('Answers were lost, or differ.');
      });
    });
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

/** Prediction in bulk, in this process: its rate, and what is to be answered of each picture. */
async function withoutHttp(
  folder: string,
  paths: readonly string[],
  { workers, replicas, requests }: ServeBenchOptions,
): Promise<{ readonly rate: number; readonly answers: readonly string[] }> {
  const model = await loadModel(folder);
  async function* items() {
    for (let i = 0; i < WARM_UP + requests; i++) yield { path: paths[i % paths.length] };
  }
  const answers: string[] = [];
  let [done, start] = [-WARM_UP, 0];
  for await (const batch of runNetwork(model, items(), ['outputs'], {
    model: folder,
    workers,
    replicas,
  })) {
    for (const row of batch) {
      if (row.error) throw row.error;
      const labels = best(model.scores(row.rows[0]), model.labels, model.labels.size);
      if (answers.length < paths.length) answers.push(JSON.stringify({ labels }));
    }
    done += batch.length;
    if (done <= 0) start = performance.now();
  }
  model.dispose();
  return { rate: (1000 * done) / (performance.now() - start), answers };
}

interface Run {
  readonly server: ServerProcess;
  readonly photos: readonly Uint8Array[];
  /** To each photo. */
  readonly answers: readonly string[];
  readonly options: ServeBenchOptions;
}

interface Figures {
  /** Good pictures that were answered, a second. */
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly again: number;
  readonly peakMemory?: number;
  readonly kinds: readonly { readonly name: string; readonly sent: number; readonly statuses: string }[];
  readonly faults: readonly string[];
}

async function run({ server, photos, answers, options }: Run): Promise<Figures> {
  const { requests, hostile } = options;
  const agent = connections(options.connections);
  const url = `${server.address}/predict?scores=all`;
  const kinds = await hostileRequests(photos[0], MAX_BYTES, 3000 * TIMEOUT);
  const jobs = Array.from({ length: requests }, (_, i) => {
    // Evenly among the others, one kind after the other.
    const before = Math.floor((i * hostile) / requests);
    const isHostile = Math.floor(((i + 1) * hostile) / requests) > before;
    const kind = isHostile ? kinds[before % kinds.length] : undefined;
    const body: RequestBody = kind ?? { bytes: photos[i % photos.length] };
    return async () => ({ i, kind, reply: await send(url, body, agent) });
  });
  const start = performance.now();
  let lastGood = start;
  const done = await atOnce(
    options.connections,
    jobs.map((job) => async () => {
      const result = await job();
      if (!result.kind) lastGood = performance.now();
      return result;
    }),
  );
  agent.destroy();
  const good = done.filter(({ kind }) => !kind);
  const times = good.map(({ reply }) => reply.ms);
  const faults = done.flatMap(({ i, kind, reply: { status, body } }) => {
    if (kind) return status === kind.status ? [] : [`${kind.name}: status ${status}, not ${kind.status}`];
    if (status !== 200) return [`picture ${i}: status ${status} ${body.slice(0, 200)}`];
    return body === answers[i % photos.length] ? [] : [`picture ${i}: other scores`];
  });
  return {
    rate: (1000 * good.length) / (lastGood - start),
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    p99: quantile(times, 0.99),
    again: done.reduce((sum, { reply }) => sum + reply.again, 0),
    peakMemory: server.peakMemory(),
    kinds:
      hostile === 0
        ? []
        : kinds.map(({ name }) => {
            const of = done.filter(({ kind }) => kind?.name === name);
            const statuses = [...new Set(of.map(({ reply }) => reply.status || 'nothing'))].join(', ');
            return { name, sent: of.length, statuses };
          }),
    faults,
  };
}

/**
 * Sends on all connections without pause, and stops the server in the middle. What was sent before the signal must be
 * answered; after it a request is told so, or finds nobody who listens.
 */
async function stopUnderLoad({ server, photos, options }: Run) {
  const agent = connections(options.connections);
  const replies: (Reply & { readonly isBefore: boolean })[] = [];
  let [over, signalled] = [false, Infinity];
  const lanes = Array.from({ length: options.connections }, async (_, lane) => {
    for (let i = lane; !over; i++) {
      const isBefore = performance.now() < signalled;
      const body = { bytes: photos[i % photos.length] };
      replies.push({ ...(await send(`${server.address}/predict`, body, agent)), isBefore });
    }
  });
  await delay(3000);
  signalled = performance.now();
  const status = await server.terminate();
  over = true;
  const seconds = (performance.now() - signalled) / 1000;
  await Promise.all(lanes);
  agent.destroy();
  const count = (isBefore: boolean, wanted: number) =>
    replies.filter((reply) => reply.isBefore === isBefore && reply.status === wanted).length;
  return {
    labels: count(true, 200),
    told: count(true, 503),
    lost: count(true, 0),
    toldAfter: count(false, 503),
    status,
    seconds,
  };
}
