import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { Project, set, type Outcome } from './project.fixture.js';

// Whole runs, in processes of their own.
jest.setTimeout(120_000);

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bins = { train: here('../bin/polytag-train.js'), score: here('../../evaluator/bin/polytag-eval.js') };
const built = existsSync(here('../dist/index.js')) && existsSync(here('../../evaluator/dist/index.js'));
if (!built) process.stderr.write('The programs are not tested as installed: build the apps first.\n');

/** Runs an installed program; `watch` sees what it has written to stderr so far. */
function run(
  program: keyof typeof bins,
  argv: readonly string[],
  watch: (err: string, child: ChildProcess) => void = () => undefined,
  nodeOptions: readonly string[] = [],
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, bins[program], ...argv], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => watch((err += text), child));
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status: status ?? -1, out, err: err + (signal ?? '') }));
  });
}

(built ? describe : describe.skip)('the installed programs', () => {
  let project: Project;
  beforeAll(async () => void (project = await Project.make()));
  afterAll(() => project.remove());

  const fit = (name: string, ...more: string[]) => [
    'fit',
    '--config',
    project.path('tiny.yaml'),
    '--out',
    project.path('runs', name),
    ...more,
  ];
  const metrics = async (name: string) =>
    (await readFile(project.path('runs', name, 'metrics.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { loss: number; mAP: number });

  it('finish the step at Ctrl-C, save, exit with 130, and go on to the numbers of an unbroken run', async () => {
    const longer = set('training.epochs=8', 'training.batchSize=2', 'data.workers=1');
    let signalled = false;
    const stopped = await run('train', fit('stopped', ...longer), (err, child) => {
      if (signalled || !err.includes('epoch 1/8')) return;
      signalled = true;
      child.kill('SIGINT');
    });
    expect(stopped).toMatchObject({ status: 130, out: '' });
    const [, step] = /Training was stopped after step (\d+) of 32 and saved\./.exec(stopped.err)!;
    expect(Number(step)).toBeLessThan(32);
    expect(stopped.err).toContain('Continue it with --resume.');

    const resumed = await run('train', fit('stopped', ...longer, '--resume'));
    expect(resumed).toMatchObject({ status: 0, out: expect.stringMatching(/^best mAP /) });
    expect(resumed.err).toContain(`step ${step} of 32`);
    // In this process: the same program, which starts faster.
    expect((await project.fit('unbroken', ...longer)).status).toBe(0);
    const numbers = async (name: string) => (await metrics(name)).map(({ loss, mAP }) => [loss, mAP]);
    expect(await numbers('stopped')).toEqual(await numbers('unbroken'));
  });

  it('go on without a log when its reader has gone, and save when the terminal is closed', async () => {
    const longer = set('training.epochs=50', 'training.batchSize=2', 'training.earlyStopping=false');
    let lost = false;
    const stopped = await run('train', fit('closed', ...longer), (err, child) => {
      if (lost || !err.includes('epoch 1/50')) return;
      lost = true;
      child.stderr!.destroy();
      child.stdout!.destroy();
      // The log ends with the first line that nobody gets; what follows it shows that training did not.
      const before = existsSync(project.path('runs/closed/metrics.jsonl')) ? 1 : 0;
      const timer = setInterval(() => {
        const lines = existsSync(project.path('runs/closed/metrics.jsonl'))
          ? readFileSync(project.path('runs/closed/metrics.jsonl'), 'utf8').split('\n').length - 1
          : 0;
        if (lines < before + 2) return;
        clearInterval(timer);
        child.kill('SIGHUP');
        child.kill('SIGHUP');
      }, 20);
    });
    expect(stopped.status).toBe(130);
    const left = await readdir(project.path('runs/closed'));
    expect(left).toContain('checkpoints');
    expect(left.filter((name) => name.startsWith('.') || name === 'run.lock')).toEqual([]);
  });

  it("score a model's best weights to the trainer's best mAP", async () => {
    const scoring = set('training.epochs=2', 'training.ema={decay: 0.5}');
    expect((await project.fit('scored', ...scoring)).status).toBe(0);
    const lines = await metrics('scored');
    const best = Math.max(
      ...lines.flatMap((line) =>
        Object.entries(line).flatMap(([key, value]) => (/^mAP(Ema)?$/.test(key) ? [value] : [])),
      ),
    );
    const json = project.path('score.json');
    const scored = await run('score', [
      ...['score', '--model', project.path('runs/scored/best'), '--data', project.path('data/val.json')],
      ...['--json', json],
    ]);
    expect(scored.status).toBe(0);
    expect(Math.abs(JSON.parse(await readFile(json, 'utf8')).mAP - best)).toBeLessThan(1e-9);
  });

  it('train replicas with a head and a loss of your own, and resume with as many', async () => {
    await project.installPackages();
    const head = await project.write(
      'own-head.mjs',
      `import { defineHead } from '@polytag/core';
      import { GlobalPool, Linear } from '@polytag/layers';
      import { z } from 'zod';
      export default defineHead({
        name: 'own', options: z.strictObject({}),
        create: () => ({
          name: 'own', space: 'logits',
          apply: (map, { labels, seed }) => {
            const classifier = new Linear({ name: 'own', units: labels.size, seed });
            return { outputs: classifier.apply(new GlobalPool({ name: 'pool' }).apply(map)), scale: 1 };
          },
        }),
      });`,
    );
    const loss = await project.write(
      'own-loss.mjs',
      `import { square, sub } from '@tensorflow/tfjs-core';
      import { defineLoss } from '@polytag/core';
      import { z } from 'zod';
      export default defineLoss({
        name: 'own', options: z.strictObject({}),
        create: () => ({ name: 'own', space: 'logits', elementwise: (a, b) => square(sub(a, b)) }),
      });`,
    );
    const own = set(`model.head={module: ${head}}`, `loss={module: ${loss}}`, 'training.epochs=2');
    const two = await run('train', fit('two', ...own, ...set('training.replicas=2')));
    expect(two).toMatchObject({ status: 0, out: expect.stringMatching(/^best mAP /) });
    const config = async () => readFile(project.path('runs/two/config.yaml'), 'utf8');
    expect(await config()).toContain('replicas: 2');

    // A number of another machine's: the run keeps its own.
    const resumed = await run('train', fit('two', ...own, ...set('training.replicas=auto'), '--resume'));
    expect(resumed.err).toContain('continuing after epoch 2, step 4 of 4');
    expect(await config()).toContain('replicas: 2');
    const { status, err } = await run('train', fit('two', ...own, ...set('training.replicas=1'), '--resume'));
    expect(status).toBe(2);
    expect(err).toContain('training.replicas: 2 → 1');
  });

  it('load neither TensorFlow.js nor the decoder of images for help, version and a config that is wrong', async () => {
    // Both are CommonJS: what was loaded of them is in Node's cache of modules.
    const asking = `import { createRequire } from 'node:module';
      import { Writable } from 'node:stream';
      const { cache } = createRequire('/');
      const loaded = () =>
        ['tensorflow', 'sharp'].filter((name) => Object.keys(cache).some((key) => key.includes(name))).join();
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });`;
    const node = (script: string) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
        env: { ...process.env, NODE_OPTIONS: '' },
      });
    /** What one process has loaded after each command in turn. */
    const heavy = async (program: keyof typeof bins, commands: readonly (readonly string[])[]) => {
      const index = new URL('../dist/index.js', pathToFileURL(bins[program]));
      const { stdout } = await node(`${asking}
        const { main } = await import(${JSON.stringify(index)});
        const after = [];
        for (const argv of ${JSON.stringify(commands)}) {
          await main(argv, { out: nowhere, err: nowhere });
          after.push([argv, loaded()]);
        }
        console.log(JSON.stringify(after));`);
      return JSON.parse(stdout) as [string[], string][];
    };
    const file = project.path('data/train.json');
    const light = [
      ['--version'],
      ['--help'],
      ['fit', '--help'],
      ['prepare', 'csv', '--help'],
      ['inspect', '--nothing'],
      fit('wrong', ...set('seeed=1')),
      ['fit', '--config', project.path('missing.yaml'), '--out', project.path('runs/wrong')],
      ['init', '--train', file, '--out', file],
    ];
    expect(await heavy('train', light)).toEqual(light.map((argv) => [argv, '']));
    const scoring = [['--version'], ['--help'], ['score', '--help'], ['predict', 'a.jpg']];
    const loading = ['predict', 'a.jpg', '--model', 'missing'];
    expect(await heavy('score', [...scoring, loading])).toEqual([
      ...scoring.map((argv) => [argv, '']),
      [loading, 'tensorflow,sharp'],
    ]);
    // The files that are run load nothing besides.
    const atEnd = `data:text/javascript,${encodeURIComponent(`${asking}
      process.on('exit', () => process.stderr.write('[loaded: ' + loaded() + ']'));`)}`;
    for (const program of ['train', 'score'] as const)
      expect((await run(program, ['--version'], undefined, ['--import', atEnd])).err).toBe('[loaded: ]');
  });

  it('exit with the status of the error', async () => {
    const { status, out, err } = await run('train', fit('wrong', ...set('seeed=1')));
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(
      /^error: .*unknown key "seeed"\.\n {2}hint: Did you mean "seed"\?\n {2}code: usage\/unknown-key\n$/,
    );
  });
});
