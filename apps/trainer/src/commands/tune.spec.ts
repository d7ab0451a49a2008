import { existsSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { Project, polytagTrain, set } from '../project.fixture.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

const within = (time: string, out: string, ...more: string[]) =>
  polytagTrain(
    ...['tune', '--config', project.path('tiny.yaml'), '--out', project.path(out), '--time', time],
    ...set('training.features=true'),
    ...more,
  );
const tune = (out: string, ...more: string[]) => within('10m', out, ...more);
interface Trial {
  readonly number: number;
  readonly settings: Record<string, number | string>;
  readonly state: string;
  readonly score: number;
  readonly scores: number[];
  readonly seconds: number;
}
const trialsOf = async (out: string): Promise<Trial[]> =>
  JSON.parse(await readFile(project.path(out, 'tune.json'), 'utf8')).trials;
const withoutTime = (trials: readonly Trial[]) => trials.map((trial) => ({ ...trial, seconds: 0 }));

it('tries the config as it is and then others, keeps every trial, and writes the winner', async () => {
  const { status, out, err } = await tune('first', '--trials', '3');
  expect(status).toBe(0);
  const trials = await trialsOf('first');
  expect(trials.map(({ number, state }) => [number, state])).toEqual([1, 2, 3].map((n) => [n, 'complete']));
  expect(trials[0].settings).toEqual({});
  for (const { settings } of trials.slice(1)) {
    expect(settings).toMatchObject({ head: expect.any(String), sam: expect.any(String) });
    expect(settings).toHaveProperty(`rate ${settings['loss']}`);
  }
  for (const { number } of trials) expect(err).toContain(`trial ${number}: `);
  expect(err).toMatch(/trial 1: the config unchanged; \d+:\d\d left/);

  const best = trials.reduce((a, b) => (b.score > a.score ? b : a));
  const [header, first] = out.split('\n');
  expect(header).toBe('   mAP  trial     time  settings');
  expect(first).toMatch(new RegExp(`^ *${(100 * best.score).toFixed(2)} +${best.number} .*\\*$`));
  expect(out).toContain(`next: npx polytag-train fit --config ${project.path('first/best.yaml')}`);
  const csv = (await readFile(project.path('first/trials.csv'), 'utf8')).trimEnd().split('\n');
  expect(csv).toHaveLength(4);
  expect(csv[0]).toBe('trial,state,mAP,epochs,seconds,settings');
  expect(csv[1]).toMatch(new RegExp(`^1,complete,${trials[0].score},1,`));

  // The winner, trained by itself, is the trial again.
  const run = project.path('again');
  const again = await polytagTrain('fit', '--config', project.path('first/best.yaml'), '--out', run);
  expect(again.status).toBe(0);
  expect(again.out).toContain(`best mAP ${(100 * best.score).toFixed(2)} %`);
});

it('goes on where it was stopped, to the trials of a search that never was', async () => {
  const whole = withoutTime(await trialsOf('first'));
  expect((await tune('halves', '--trials', '1')).status).toBe(0);
  const refused = await tune('halves', '--trials', '3');
  expect([refused.status, refused.err]).toEqual([2, expect.stringContaining('usage/run-exists')]);
  expect((await tune('halves', '--trials', '3', '--resume')).status).toBe(0);
  expect(withoutTime(await trialsOf('halves'))).toEqual(whole);

  // Killed before the third trial was written into the record, whose run is there.
  await cp(project.path('first'), project.path('killed'), { recursive: true });
  const record = JSON.parse(await readFile(project.path('killed/tune.json'), 'utf8'));
  record.trials.pop();
  await writeFile(project.path('killed/tune.json'), JSON.stringify(record));
  await rm(project.path('killed/trial-003'), { recursive: true });
  expect((await tune('killed', '--trials', '3', '--resume')).status).toBe(0);
  expect(withoutTime(await trialsOf('killed'))).toEqual(whole);

  const other = await tune('halves', '--trials', '4', '--resume', ...set('training.epochs=2'));
  expect([other.status, other.err]).toEqual([2, expect.stringContaining('usage/resume-differs')]);
});

it('chooses among sizes, each with features of its own', async () => {
  expect((await tune('sizes', '--trials', '2', '--sizes', '32', '64')).status).toBe(0);
  const [, { settings }] = await trialsOf('sizes');
  expect(['32', '64']).toContain(settings['size']);
});

it('chooses among numbers of cached views, of which 1 is the image and its mirror image', async () => {
  const cache = project.path('view-features');
  const options = ['--trials', '3', '--views', '1', '2', ...set('data.augment.crop=true', 'seed=3')];
  const features = set(`training.features={cache: ${cache}, views: 2}`);
  expect((await tune('views', ...options, ...features)).status).toBe(0);
  const [, ...others] = await trialsOf('views');
  expect(new Set(others.map(({ settings }) => settings['views']))).toEqual(new Set(['1', '2']));
  for (const { number, settings } of others) {
    const written = await readFile(project.path('views', `trial-00${number}`, 'config.yaml'), 'utf8');
    const { data, training } = parse(written) as { data: { augment: object }; training: object };
    const views = Number(settings['views']);
    expect(data.augment).toMatchObject({ crop: views === 1 ? false : expect.anything() });
    expect(training).toMatchObject({ features: views === 1 ? { cache } : { cache, views } });
  }
});

it('counts what a trial took before it was killed', async () => {
  await cp(project.path('first'), project.path('counted'), { recursive: true });
  const record = JSON.parse(await readFile(project.path('counted/tune.json'), 'utf8'));
  const [first, second] = record.trials as Trial[];
  const killed = { version: 1, trials: [first, second], unfinished: { number: 3, seconds: 1000 } };
  await writeFile(project.path('counted/tune.json'), JSON.stringify(killed));
  const taken = first.seconds + second.seconds + 1000;

  // Nothing is left of so much time, and all of it in which the killed trial had not been.
  expect((await within(`${taken - 1}s`, 'counted', '--trials', '3', '--resume')).status).toBe(0);
  expect(await trialsOf('counted')).toHaveLength(2);
  expect((await within(`${taken + 600}s`, 'counted', '--trials', '3', '--resume')).status).toBe(0);
  const [, , third] = await trialsOf('counted');
  expect(third.seconds).toBeGreaterThan(1000);
});

it('tells when the time is over before a trial ended, and refuses what it cannot tune', async () => {
  const short = await within('0.0000001s', 'short');
  expect([short.status, short.err]).toEqual([2, expect.stringContaining('usage/time-too-short')]);
  expect(existsSync(project.path('short/best.yaml'))).toBe(false);
  const refused = async (code: string, ...more: string[]) => {
    const { status, err } = await tune('none', ...more);
    expect([status, err]).toEqual([2, expect.stringContaining(code)]);
    expect(existsSync(project.path('none'))).toBe(false);
  };
  await refused('usage/no-features', ...set('training.features=false'));
  await refused('usage/no-validation', ...set('data.val=null'));
  expect((await within('15', 'none')).err).toContain('such as 90s, 15m or 2h');
});
