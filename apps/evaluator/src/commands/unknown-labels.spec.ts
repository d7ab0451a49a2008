import { readFile } from 'node:fs/promises';
import { readLabelFile } from '@polytag/datasets';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

type ImageEntry = [image: string, labels: string[], more?: { unknown: string[] }];

let project: ModelProject;
/** The scenes of the training part with more that is unknown, by what that is. */
const files: Record<string, string> = {};

beforeAll(async () => {
  project = await ModelProject.make();
  const text = await readFile(project.path('data/train.json'), 'utf8');
  const { classes, images } = JSON.parse(text) as { classes: string[]; images: ImageEntry[] };
  const common = classes.find((name) => images.filter(([, labels]) => labels.includes(name)).length > 1)!;
  const unknown: Record<string, (image: number) => readonly string[]> = {
    nothing: () => [],
    label: () => [common],
    image: (image) => (image === 0 ? classes : []),
    file: () => classes,
  };
  for (const [what, of] of Object.entries(unknown)) {
    const entries = images.map(([image, labels], i) => [
      image,
      labels.filter((label) => !of(i).includes(label)),
      { unknown: of(i) },
    ]);
    files[what] = await project.write(`data/${what}.json`, JSON.stringify({ classes, images: entries }));
  }
});
afterAll(() => project.remove());

const run = (verb: string, what: string, ...more: string[]) =>
  polytagEval(verb, '--model', project.best, '--data', files[what], ...more);

/** What `score` wrote as JSON. */
async function figures(what: string) {
  const json = project.path(`${what}.json`);
  expect((await run('score', what, '--json', json)).status).toBe(0);
  return JSON.parse(await readFile(json, 'utf8')) as {
    ignored: number;
    classes: { label: string; averagePrecision: number | null; positives: number }[];
  };
}

it('scores the other labels as before where nothing is known of one, and the other images where nothing is known of one', async () => {
  const [all, label, image] = [await figures('nothing'), await figures('label'), await figures('image')];
  const { labels, images } = await readLabelFile(files['label']);
  const gone = labels.names[images[0].unknown![0]];
  const others = ({ classes }: typeof all) => classes.filter(({ label: name }) => name !== gone);
  expect(others(label)).toEqual(others(all));
  expect(label.classes.find(({ label: name }) => name === gone)).toMatchObject({ positives: 0 });
  expect([label.ignored, image.ignored]).toEqual([images.length, labels.size]);
  // As if the image were not there.
  const { classes, images: entries } = JSON.parse(await readFile(files['nothing'], 'utf8'));
  files['without'] = await project.write('data/without.json', JSON.stringify({ classes, images: entries.slice(1) })); // prettier-ignore
  expect((await figures('without')).classes).toEqual(image.classes);
});

it.each(['label', 'image'])(
  'chooses thresholds and calibrates where nothing is known of one %s',
  async (what) => {
    const thresholds = await run('thresholds', what, '--out', project.path(`thresholds-${what}`));
    expect(thresholds.status).toBe(0);
    const calibrated = await run(
      'calibrate',
      what,
      '--method',
      'platt',
      '--out',
      project.path(`platt-${what}`),
    );
    expect([calibrated.status, calibrated.out]).not.toEqual([0, expect.stringContaining('NaN')]);
    expect(calibrated.out).toMatch(/\nafter +\d/);
  },
);

it.each([['score'], ['thresholds', '--out', 'none'], ['calibrate', '--out', 'none']])(
  'refuses to %s by a file in which nothing is known, and writes nothing',
  async (verb, ...more) => {
    const argv = more.map((one) => (one === 'none' ? project.path('none') : one));
    const { status, out, err } = await run(verb, 'file', ...argv);
    expect([status, out, err]).toEqual([3, '', expect.stringContaining('code: data/nothing-known')]);
    await expect(readFile(project.path('none/config.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

it('refuses scores of others by such a file as well', async () => {
  const { names } = (await readLabelFile(files['file'])).labels;
  const row = ['images/train-00000.png', ...names.map(() => 0.5)].join(',');
  const scores = await project.write('scores.csv', `image,${names.join(',')}\n${row}\n`);
  for (const verb of [
    ['score', '--scores', scores],
    ['compare', scores, scores],
  ]) {
    const { status, err } = await polytagEval(...verb, '--data', files['file']);
    expect([status, err]).toEqual([3, expect.stringContaining('code: data/nothing-known')]);
  }
});

it('suggests an image of which nothing is known, though it is listed', async () => {
  const pool = [
    '--pool',
    project.path('data/images/train-00000.png'),
    project.path('data/images/train-00001.png'),
  ];
  const { status, out } = await run('suggest', 'image', ...pool);
  expect([status, out.trim().split('\n')]).toEqual([0, [expect.stringContaining('train-00000.png: ')]]);
});
