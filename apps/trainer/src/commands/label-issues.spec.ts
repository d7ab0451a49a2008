import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parseCsv, readLabelFile } from '@polytag/datasets';
import { RANKINGS } from '@polytag/metrics';
import { main } from '../index.js';
import { polytagTrain, Project, set } from '../project.fixture.js';
import { RANK_BY } from './label-issues.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

const image = (i: number) => `images/train-${String(i).padStart(5, '0')}.png`;

/** Cats on even images, dogs on odd ones; but image 0 is said to have a dog too, and image 3 has none. */
const labelsOf = (i: number) => (i === 0 ? ['cat', 'dog'] : i === 3 ? [] : [i % 2 === 0 ? 'cat' : 'dog']);
const truth = (i: number) => [i % 2 === 0 ? 0.9 : 0.1, i % 2 === 0 ? 0.1 : 0.9];

const dataFile = () => project.labelFile('doubtful.json', labelsOf);
const scoresFile = (images = 8) =>
  project.write(
    'scores.csv',
    `image,cat,dog\n${Array.from({ length: images }, (_, i) => [image(i), ...truth(i)].join(',')).join('\n')}\n`,
  );

async function issuesIn(folder: string) {
  const path = project.path(folder, 'issues.csv');
  const { header, rows } = parseCsv(await readFile(path, 'utf8'), path);
  return rows.map(({ cells }) => Object.fromEntries(header.map((name, i) => [name, cells[i]])));
}

async function find(out: string, ...more: string[]) {
  return polytagTrain('label-issues', '--data', await dataFile(), '--out', project.path(out), ...more);
}

async function apply(rows: string, out = 'applied', ...more: string[]) {
  const decisions = await project.write('decisions.csv', rows);
  const data = await dataFile();
  return polytagTrain(
    'label-issues',
    '--data',
    data,
    '--apply',
    decisions,
    '--out',
    project.path(out),
    ...more,
  );
}

describe('label-issues --scores', () => {
  it('lists what is wrong, the worst first, and draws the page', async () => {
    const { status, out, err } = await find('scored', '--scores', await scoresFile());
    expect([status, out]).toEqual([
      0,
      expect.stringMatching(/more likely wrong than right \(score below 0\.5\) +1 +1\n/),
    ]);
    expect(err).toContain('looking for wrong labels among 8 images');
    const issues = await issuesIn('scored');
    expect(
      issues
        .slice(0, 2)
        .map((row) => [row['image'], row['label'], row['kind']])
        .sort(),
    ).toEqual([
      [image(0), 'dog', 'extra'],
      [image(3), 'dog', 'missing'],
    ]);
    expect(issues[0]).toMatchObject({ decision: '', 'prune-by-noise-rate': '1' });
    const scores = issues.map((row) => Number(row['score']));
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    const page = await readFile(project.path('scored/issues.html'), 'utf8');
    expect(page).toContain(image(0));
    expect(page).not.toContain(project.folder);
  });

  it('ranks by the score that is asked for', async () => {
    await find('ranked', '--scores', await scoresFile(), '--rank-by', 'self-confidence');
    for (const { kind, score, probability } of await issuesIn('ranked')) {
      expect(Number(score)).toBeCloseTo(kind === 'extra' ? Number(probability) : 1 - Number(probability), 12);
    }
    expect([...RANK_BY]).toEqual([...RANKINGS]);
  });

  it('names images without scores, does the others, and ends with status 3', async () => {
    const { status, err } = await find('fewer', '--scores', await scoresFile(7));
    expect([status, err]).toEqual([3, expect.stringContaining(`no scores: ${image(7)}\n`)]);
    expect(err).toContain('1 of the 8 images');
    expect(await issuesIn('fewer')).not.toEqual([]);
  });

  it('does not overwrite decisions', async () => {
    const scores = await scoresFile();
    await find('decided', '--scores', scores);
    const path = join('decided', 'issues.csv');
    await project.write(path, `image,label,decision\n${image(0)},dog,remove\n`);
    const { status, err } = await find('decided', '--scores', scores);
    expect([status, err]).toEqual([2, expect.stringContaining('contains decisions (1)')]);
    expect(await readFile(project.path(path), 'utf8')).toContain('remove');
  });
});

describe('label-issues --apply', () => {
  it('corrects the label file as issues.csv was filled in', async () => {
    await find('for-apply', '--scores', await scoresFile());
    const csv = await readFile(project.path('for-apply/issues.csv'), 'utf8');
    const filled = csv
      .replace(/^([^,]*,dog,extra,[^,]*),/m, '$1,remove')
      .replace(/^([^,]*,dog,missing,[^,]*),/m, '$1,ADD ');
    const { status, out } = await apply(filled);
    expect([status, out]).toEqual([
      0,
      expect.stringContaining('1 label removed, 1 added, 0 made unknown, 0 kept\n'),
    ]);
    const { images, labels } = await readLabelFile(project.path('applied/corrected.json'));
    expect(images.map((one) => one.labels.map((index) => labels.names[index]))).toEqual(
      Array.from({ length: 8 }, (_, i) => [i % 2 === 0 ? 'cat' : 'dog']),
    );
    expect(images.map(({ path }) => path)).toEqual(
      Array.from({ length: 8 }, (_, i) => project.path('data', image(i))),
    );
  });

  it('names every row that it cannot apply, and applies the others', async () => {
    const { status, out, err } = await apply(
      [
        'image,label,decision',
        `${image(0)},dog,remove`,
        `${image(1)},dog,delete`,
        'images/none.png,dog,remove',
        `${image(1)},horse,add`,
        `${image(1)},cat,remove`,
        `${image(0)},dog,keep`,
        `train-00002.png,cat,unknown`,
        `${image(4)},cat,`,
      ].join('\n'),
      'partly/labels.json',
    );
    expect(status).toBe(3);
    for (const fault of [
      'line 3: "delete" is not one of remove, add, unknown, keep',
      'line 4: the label file has no image "images/none.png"',
      'line 5: the label file has no label "horse"',
      `line 6: "remove": the label "cat" of "${image(1)}" is already absent`,
      'line 7: "keep", but line 2 says "remove"',
      '5 rows of',
    ])
      expect(err).toContain(fault);
    expect(out).toContain('1 label removed, 0 added, 1 made unknown, 0 kept\n');
    const { images } = await readLabelFile(project.path('partly/labels.json'));
    expect([images[0].labels, images[2].labels, images[2].unknown]).toEqual([[0], [], [0]]);
  });

  it('refuses a file without decisions, and to overwrite the label file', async () => {
    const none = await apply('image,label,decision\n');
    expect([none.status, none.err]).toEqual([3, expect.stringContaining('has no decision')]);
    const same = await apply(`image,label,decision\n${image(0)},dog,remove\n`, 'data/doubtful.json');
    expect([same.status, same.err]).toEqual([2, expect.stringContaining('usage/overwrites-data')]);
    const lacking = await apply('image,label\na,b\n');
    expect([lacking.status, lacking.err]).toEqual([3, expect.stringContaining('no column "decision"')]);
  });
});

describe('label-issues', () => {
  const training = () => [
    '--config',
    project.path('tiny.yaml'),
    '--folds',
    '2',
    ...set('training.features=true'),
  ];

  it('trains on folds, and gives the same again from what is there', async () => {
    const first = await find('trained', ...training());
    expect([first.status, first.err]).toEqual([0, expect.stringContaining('fold 2 of 2')]);
    expect((await readdir(project.path('trained'))).sort()).toEqual(
      expect.arrayContaining(['features', 'folds', 'issues.csv', 'issues.html']),
    );
    const before = await readFile(project.path('trained/issues.csv'), 'utf8');
    // As if it had been killed in the second fold.
    for (const gone of ['issues.csv', 'folds/out-of-fold.csv', 'folds/fold-2'])
      await rm(project.path('trained', gone), { recursive: true });
    expect((await find('trained', ...training())).status).toBe(0);
    expect(await readFile(project.path('trained/issues.csv'), 'utf8')).toBe(before);
  });

  it('says how it goes on when it is stopped', async () => {
    const data = await dataFile();
    const [out, err] = [new PassThrough(), new PassThrough()];
    let told = '';
    err.on('data', (text) => {
      const starts = !told.includes('fold 2 of 2') && String(text).includes('fold 2 of 2');
      told += String(text);
      if (starts) process.emit('SIGINT');
    });
    const argv = ['label-issues', '--data', data, '--out', project.path('stopped'), ...training()];
    expect(await main(argv, { out, err })).toBe(130);
    expect(told).toContain('hint: Run the same command again');
    expect(told).not.toContain('--resume');
    expect((await polytagTrain(...argv)).status).toBe(0);
  });

  it('tells once what all folds start from', async () => {
    expect((await find('trained', ...training())).status).toBe(0);
    const weights = project.path('trained/folds/fold-1/best/model.safetensors');
    const { status, err } = await find('from-weights', ...training(), ...set(`model.weights=${weights}`));
    expect(status).toBe(0);
    expect(err.match(/^weights: /gm)).toHaveLength(1);
    expect(err.match(/^fold \d of 2/gm)).toHaveLength(2);
  });

  it('leaves nothing of a try that trained nothing, and begins anew with other labels', async () => {
    const broken = await project.labelFile('broken.json', () => ['cat'], {
      replace: { 1: 'images/none.png' },
    });
    const out = ['--out', project.path('second'), ...training()];
    expect((await polytagTrain('label-issues', '--data', broken, ...out)).status).toBe(3);
    expect(await readdir(project.path('second'))).toEqual(['features']);
    const { status, out: told } = await polytagTrain('label-issues', '--data', await dataFile(), ...out);
    expect(status).toBe(0);
    expect(told).toMatch(
      /\nnext: npx polytag-train label-issues --data .*doubtful\.json --apply decisions\.csv --out .*doubtful-corrected\.json\n$/,
    );
  });

  it('does not go on with the models of other labels', async () => {
    await find('changed', ...training());
    const file = await project.labelFile('doubtful.json', () => ['cat']);
    const { status, err } = await polytagTrain(
      ...['label-issues', '--data', file, '--out', project.path('changed'), ...training()],
    );
    expect([status, err]).toEqual([2, expect.stringContaining('has changed since the models')]);
  });

  it.each([
    [['--scores', 'a.csv', '--config', 'b.yaml'], '--scores and --config'],
    [['--apply', 'a.csv', '--scores', 'b.csv'], '--apply and --config, --set or --scores'],
    [['--logits'], '--logits works only with --scores'],
    [['--folds', '1'], '--folds must be at least 2 (got 1)'],
    [['--rank-by', 'guess'], 'Allowed choices are context'],
  ])('refuses %p', async (options, message) => {
    const { status, err } = await find('refused', ...options);
    expect([status, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
