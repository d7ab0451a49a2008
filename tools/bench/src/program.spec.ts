import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { writeScenes } from '@polytag/datasets/scenes';
import { main } from './index.js';

// Networks are measured in processes of their own.
jest.setTimeout(120_000);

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const built = existsSync(here('../dist/index.js'));
if (!built) process.stderr.write('The comparison is not tested end to end: build tools/bench first.\n');

async function bench(...argv: string[]) {
  const texts = { out: '', err: '' };
  const stream = (name: keyof typeof texts) =>
    new Writable({
      write(chunk, _encoding, done) {
        texts[name] += String(chunk);
        done();
      },
    });
  const status = await main(argv, { out: stream('out'), err: stream('err') });
  return { status, ...texts };
}

describe('the command line', () => {
  it.each(['train', 'eval'])('%s --help says what the ratio is', async (mode) => {
    const { status, out } = await bench(mode, '--help');
    expect(status).toBe(0);
    expect(out).toContain('ratio = theirs / ours; above 1, ours is faster');
  });

  it.each([
    [['train', '--batch', '0'], 'whole number of at least 1'],
    [['train', '--size', '22.5'], 'whole number of at least 1'],
    [['train', '--model', 'resnet50'], 'mobilenet-v3-large'],
    [['train', '--against', 'other'], 'torch'],
    [['step', '--model', 'resnet50'], 'tresnet-l'],
    [['checkpoints', '--megabytes', '0'], 'whole number of at least 1'],
    [['judge', '--images', '0'], 'whole number of at least 1'],
    [['scaling', '--labels', '20,x'], 'whole number of at least 1'],
    [['replicas', '--replicas', '1,0'], 'whole number of at least 1'],
    [['train', '--peer', '/no/such/peer.py'], '--peer PATH'],
  ])('%j is refused with status 2 before anything runs', async (argv, message) => {
    const { status, out, err } = await bench(...argv);
    expect(status).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe('');
  });
});

(built ? describe : describe.skip)('a comparison, end to end', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-bench-'));
    await copyFile(here('comparison/peer.fixture.mjs'), join(folder, 'peer.mjs'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const small = ['--model', 'mobilenet-v3-small', '--size', '32', '--batch', '2', '--steps', '1'];
  const peer = (script: string) => ['--python', process.execPath, '--peer', script];

  it('runs both sides in turn, prints every round and the medians, and writes them', async () => {
    const json = join(folder, 'results.json');
    const { status, out, err } = await bench(
      ...['train', ...small, '--rounds', '2', '--threads', '2', '--channels-last', '--json', json],
      ...peer(join(folder, 'peer.mjs')),
    );
    expect(status).toBe(0);

    const turns = (await readFile(join(folder, 'turns.log'), 'utf8')).trimEnd().split('\n');
    expect(turns).toEqual(Array<string>(2).fill('mobilenet_v3_small train 2 2 32 1 channels_last'));
    const sides = err
      .trimEnd()
      .split('\n')
      .map((line) => /^\d\/4 (\w+)/.exec(line)?.[1]);
    expect(sides).toEqual(['polytag', 'torch', 'polytag', 'torch']);

    const results = JSON.parse(await readFile(json, 'utf8')) as {
      oursMsPerImage: number;
      theirsMsPerImage: number;
      ratio: number;
      rounds: { ours: number; theirs: number }[];
      machine: object;
    };
    expect(results.rounds.map(({ theirs }) => theirs)).toEqual([1, 2]);
    expect(results.theirsMsPerImage).toBe(1.5);
    const ours = results.rounds.map((round) => round.ours);
    expect(Math.min(...ours)).toBeGreaterThan(0);
    expect(results.oursMsPerImage).toBe((ours[0] + ours[1]) / 2);
    expect(results.ratio).toBe(1.5 / results.oursMsPerImage);
    expect(results.machine).toMatchObject({
      cpu: cpus()[0].model.trim(),
      node: process.versions.node,
      engineBuild: expect.stringMatching(/^(plain|relaxed)$/),
    });
    results.rounds.forEach((round, i) => {
      const figures = `ours ${round.ours.toFixed(2)}, theirs ${round.theirs.toFixed(2)} ms/image`;
      expect(out).toContain(`round ${i + 1}: ${figures}`);
    });
    expect(out).toContain(`ratio ${results.ratio.toFixed(2)} (theirs / ours; above 1, ours is faster)`);
  });

  it('runs the engine and onnxruntime in turn, and names a side that is not there', async () => {
    const json = join(folder, 'onnx.json');
    const { status, out, err } = await bench(
      // A Python without torch.
      ...['onnx', ...small, '--rounds', '1', '--threads', '1', '--python', process.execPath, '--json', json],
    );
    expect(status).toBe(0);
    expect(err).toMatch(/torch is not measured: it is not installed\. apt-get install python3-torch/);
    const { rows } = JSON.parse(await readFile(json, 'utf8')) as {
      rows: { name: string; rounds: number[]; ratio: number; msPerImage: number }[];
    };
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['polytag (1 thread)', 'onnxruntime-web (1 thread)']),
    );
    const [ours, ...theirs] = rows;
    expect(ours.ratio).toBe(1);
    for (const { rounds, ratio, msPerImage } of theirs) {
      expect(ratio).toBe(rounds[0] / ours.rounds[0]);
      expect(out).toContain(msPerImage.toFixed(2));
    }
  });

  it('times whole runs on several replicas, with images decoded meanwhile', async () => {
    const json = join(folder, 'replicas.json');
    const { status, out } = await bench(
      ...['replicas', '--model', 'mobilenet-v3-small', '--size', '32', '--batch', '4', '--decode'],
      ...['--steps', '1', '--rounds', '1', '--replicas', '1,2', '--json', json],
    );
    expect(status).toBe(0);
    const { points } = JSON.parse(await readFile(json, 'utf8')) as {
      points: { replicas: number; msPerStep: number; speedUp: number }[];
    };
    expect(points.map(({ replicas }) => replicas)).toEqual([1, 2]);
    expect(points[1].speedUp).toBe(points[0].msPerStep / points[1].msPerStep);
    expect(out).toContain(points[1].speedUp.toFixed(2));
  });

  it('times prediction in bulk beside its two halves', async () => {
    const json = join(folder, 'predict.json');
    const { train } = await writeScenes({
      folder: join(folder, 'scenes'),
      train: 4,
      validation: 1,
      size: 40,
    });
    const { stdout: out } = await promisify(execFile)(process.execPath, [
      ...[here('../bin/bench.js'), 'predict', '--data', train, '--size', '32', '--images', '64'],
      ...['--workers', '1', '--rounds', '1', '--json', json],
    ]);
    type Rate = { perSecond: number; cpu: number };
    const { rates, share, bound } = JSON.parse(await readFile(json, 'utf8')) as {
      rates: { decoding: Rate; network: Rate; both: Rate }[];
      share: number;
      bound: number;
    };
    const [{ decoding, network, both }] = rates;
    expect(share).toBe(both.perSecond / Math.min(decoding.perSecond, network.perSecond));
    expect(bound).toBeCloseTo((1000 * availableParallelism()) / (decoding.cpu + network.cpu), 9);
    expect(out).toContain(`in bulk ${both.perSecond.toFixed(1)} images/s (${both.cpu.toFixed(2)} ms of CPU`);
    expect(out).toContain(`${share.toFixed(2)} (`);
  });

  it('reads files of weights in both forms and ways, in turn with a peer', async () => {
    const json = join(folder, 'checkpoints.json');
    // Stands for Python: it runs any script with the arguments FILE and how to read it.
    const peer = join(folder, 'python');
    const said = `#!${process.execPath}\nconst [, , , , reading] = process.argv;\nconsole.log(JSON.stringify(reading === 'each' ? { missing: 'no such way' } : { milliseconds: 3, megabytes: 4 }));\n`;
    await writeFile(peer, said, { mode: 0o755 });
    const { status, out } = await bench(
      ...['checkpoints', '--megabytes', '1', '--rounds', '1', '--python', peer, '--json', json],
    );
    expect(status).toBe(0);
    const { rows } = JSON.parse(await readFile(json, 'utf8')) as {
      rows: { file: string; reading: string; ours: { milliseconds: number }; ratio?: number }[];
    };
    expect(rows.map(({ file, reading }) => `${file} ${reading}`)).toEqual(
      ['.safetensors', '.pth'].flatMap((file) => [`${file} all`, `${file} each`]),
    );
    for (const { reading, ours, ratio } of rows)
      expect(ratio).toBe(reading === 'all' ? 3 / ours.milliseconds : undefined);
    expect(out).toMatch(/\.pth, all tensors kept: ours \d+ ms, \d+ MB; theirs 3 ms, 4 MB; ratio/);
    expect(out).toContain('theirs: no such way');
  });

  it('judges a matrix of scores from both formats alike, in turn with a peer', async () => {
    const json = join(folder, 'judge.json');
    // Stands for Python: it runs any script with the arguments SCORES and TARGETS.
    const peer = join(folder, 'judging-python');
    const said = `#!${process.execPath}\nconsole.log(JSON.stringify({ missing: 'no such library' }));\n`;
    await writeFile(peer, said, { mode: 0o755 });
    const { status, out } = await bench(
      ...['judge', '--images', '300', '--labels', '6', '--rounds', '1', '--python', peer, '--json', json],
    );
    expect(status).toBe(0);
    const { costs } = JSON.parse(await readFile(json, 'utf8')) as {
      costs: Record<string, [{ mAP: number; OF1: number; megabytes: number }]>;
    };
    const [[npy], [csv]] = [costs['npy, polytag'], costs['CSV, polytag']];
    // CSV has six decimals.
    expect(csv.mAP).toBeCloseTo(npy.mAP, 3);
    expect(csv.OF1).toBeCloseTo(npy.OF1, 3);
    expect([npy.mAP > 0.05, npy.mAP < 1, npy.megabytes > 10]).toEqual([true, true, true]);
    expect(out).toContain('CSV, scikit-learn: no such library');
  });

  it('says what a peer printed that does not measure', async () => {
    const { status, err } = await bench(
      ...['eval', ...small, '--rounds', '1'],
      ...peer(here('../jest.config.js')),
    );
    expect(status).toBe(2);
    expect(err).toContain('usage/peer-failed');
  });
});
