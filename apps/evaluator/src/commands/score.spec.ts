import { cp, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { decodeImage, encodeOverlay, readLabelFile } from '@polytag/datasets';
import { heatMapPixels, loadModel } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
beforeAll(async () => void (project = await ModelProject.make()));
afterAll(() => project.remove());

const score = (...more: string[]) => polytagEval('score', '--model', project.best, ...more);

it('gives the mAP of the scores of each image, as a table and as JSON', async () => {
  const [json, report] = [project.path('out/score.json'), project.path('report')];
  const { status, out, err } = await score(
    ...['--data', project.path('data/val.json'), '--json', json, '--report', report, '--batch', '4'],
  );
  expect(status).toBe(0);
  const written = JSON.parse(await readFile(json, 'utf8'));
  expect(Math.abs(written.mAP - project.mAP)).toBeLessThan(1e-9);
  expect(written).toMatchObject({
    images: 6,
    labels: 16,
    // Others see these files: they hold no path of this machine.
    model: 'run/best',
    dataSet: 'data/val.json',
  });
  expect(JSON.stringify(written) + (await readFile(join(report, 'report.html'), 'utf8'))).not.toContain(
    project.folder,
  );
  expect(written.mAPOccurring).toBeGreaterThan(written.mAP);
  const headline = (100 * written.mAPOccurring).toFixed(2);
  expect(out).toContain(`mAP ${headline}   exact match`);
  expect(out).toContain(`as in papers: ${(100 * project.mAP).toFixed(2)}, with 0 for the`);
  expect(err).toMatch(/^scoring {2}4\/6 .*\nscoring {2}6\/6 .*\npictures {2}4\/6\npictures {2}6\/6\n$/);
  expect(JSON.parse(await readFile(join(report, 'evaluation.json'), 'utf8'))).toEqual(written);
  const text = await readFile(join(report, 'evaluation.txt'), 'utf8');
  expect(out).toBe(
    `${text}report: ${join(report, 'report.html')}, with evaluation.json and evaluation.txt\n`,
  );
  const page = await readFile(join(report, 'report.html'), 'utf8');
  expect(page).toContain(`<dd class="value">${headline}</dd>`);
  const [worst] = page.match(/<ul class="mistakes">[^]*?<\/li>/)!;
  const [, encoded] = worst.match(/src="data:image\/jpeg;base64,([^"]+)"/)!;
  const picture = await decodeImage(Buffer.from(encoded, 'base64'), 'thumbnail');
  expect(picture).toMatchObject({ height: 40, width: 40 });
  await expectWorst(worst);
});

it('writes over nothing that it reads', async () => {
  const data = project.path('data/val.json');
  const before = await readFile(data, 'utf8');
  for (const argv of [
    ['score', '--model', project.best],
    ['compare', project.best, project.best],
  ]) {
    const { status, err } = await polytagEval(...argv, '--data', data, '--json', data);
    expect([status, err]).toEqual([
      2,
      expect.stringContaining(`--json ${data} would overwrite an input file`),
    ]);
  }
  expect(await readFile(data, 'utf8')).toBe(before);
});

/** The first mistake on the page is the highest score that the model gives a label of an image without it. */
async function expectWorst(shown: string): Promise<void> {
  const dataset = await readLabelFile(project.path('data/val.json'));
  const model = await loadModel(project.best);
  const scores = await model.topK(
    dataset.images.map(({ path }) => path),
    16,
  );
  const wrong = scores.flatMap((labels, i) =>
    labels
      .filter(({ label }) => !dataset.images[i].labels.includes(dataset.labels.indexOf(label)!))
      .map(({ label, score }) => ({ label, score, ...dataset.images[i] })),
  );
  const { label, score, name, path } = wrong.sort((a, b) => b.score - a.score)[0];
  expect(shown).toContain(`<bdi>${label}</bdi> <strong>${score.toFixed(3)}</strong>`);
  expect(shown).toContain(`<bdi>${name}</bdi>`);
  // Where the network saw that label is laid over the picture.
  const [heat] = await model.explain(path, { labels: [label] });
  const png = Buffer.from(await encodeOverlay(heatMapPixels(heat, { height: 40, width: 40 }))).toString(
    'base64',
  );
  expect(shown).toContain(`<img class="heat" alt="" src="data:image/png;base64,${png}"/>`);
  model.dispose();
}

it('does not depend on the size of a batch', async () => {
  const json = project.path('whole.json');
  await score('--data', project.path('data/val.json'), '--json', json, '--batch', '6');
  const { mAP } = JSON.parse(await readFile(json, 'utf8'));
  expect(Math.abs(mAP - project.mAP)).toBeLessThan(1e-9);
});

describe('data that cannot be used', () => {
  const labelFile = async (
    name: string,
    change: (file: { classes: string[]; images: [string, string[]][] }) => void,
  ) => {
    const file = JSON.parse(await readFile(project.path('data/val.json'), 'utf8'));
    change(file);
    return project.write(join('data', name), JSON.stringify(file));
  };

  it('has other classes: both numbers and the labels that differ are named', async () => {
    const data = await labelFile('other.json', (file) => {
      const lost = file.classes.pop()!;
      file.classes.push('lighthouse', 'windmill');
      for (const image of file.images) image[1] = image[1].filter((label) => label !== lost);
    });
    const known = JSON.parse(await readFile(project.path('data/val.json'), 'utf8')).classes as string[];
    const { status, out, err } = await score('--data', data);
    expect([status, out]).toEqual([3, '']);
    expect(err).toContain(
      `The model in ${project.best} has 16 labels, but ${data} has 17 ` +
        `(only in the model: ${known.at(-1)}; only in the file: lighthouse, windmill).`,
    );
    expect(err).toContain('code: data/labels-differ');
  });

  it('has a label that is not in its classes; it is left out when told to', async () => {
    const data = await labelFile('typo.json', ({ images }) => images[2][1].push('lighthosue'));
    const { status, err } = await score('--data', data);
    expect(status).toBe(3);
    expect(err).toContain(`${data}: the image "images/val-00002.png" has the label "lighthosue"`);
    expect((await score('--data', data, '--ignore-unknown-labels')).status).toBe(0);
  });

  it('lists no image, or one that is missing, or one that is none', async () => {
    const empty = await labelFile('empty.json', (file) => (file.images = []));
    expect(await score('--data', empty)).toMatchObject({
      status: 3,
      err: expect.stringContaining(`${empty} lists no images.`),
    });
    const lost = await labelFile('lost.json', ({ images }) => (images[1][0] = 'images/lost.png'));
    expect(await score('--data', lost)).toMatchObject({
      status: 3,
      err: expect.stringContaining('images/lost.png was not found.'),
    });
    const text = await project.write('data/images/text.jpg', 'moved elsewhere\n');
    const broken = await labelFile(
      'broken.json',
      ({ images }) => (images[1][0] = `images/${basename(text)}`),
    );
    const { status, out, err } = await score('--data', broken, '--strict');
    expect([status, out]).toEqual([3, '']);
    expect(err).toContain(`${text} is a text file, not a JPEG, PNG or WebP.`);
  });

  it('is a file that is not there', async () => {
    const { status, err } = await score('--data', project.path('none.json'));
    expect(status).toBe(3);
    expect(err).toContain(project.path('none.json'));
  });
});

it('scores the other images when some cannot be used, and ends with status 3', async () => {
  const data = JSON.parse(await readFile(project.path('data/val.json'), 'utf8'));
  const good = { ...data, images: data.images.filter((_: unknown, i: number) => i !== 1 && i !== 4) };
  const text = await project.write('data/images/none.jpg', 'moved elsewhere\n');
  const some = structuredClone(data);
  some.images[1][0] = 'images/none.jpg';
  some.images[4][0] = 'images/lost.png';
  const run = async (name: string, content: unknown) => {
    const file = await project.write(`data/${name}.json`, JSON.stringify(content));
    const json = project.path(`${name}.scores.json`);
    const outcome = await score('--data', file, '--batch', '2', '--json', json);
    return { ...outcome, scores: { ...JSON.parse(await readFile(json, 'utf8')), dataSet: '' } };
  };
  const expected = await run('good', good);
  expect(expected.status).toBe(0);
  const { status, scores, err } = await run('some', some);
  expect(status).toBe(3);
  expect(scores).toEqual(expected.scores);
  expect(err).toContain(`error: ${text} is a text file, not a JPEG, PNG or WebP.`);
  expect(err).toContain('lost.png was not found.');
  expect(err).toContain('2 of 6 images cannot be used');
});

describe('a model folder that cannot be used', () => {
  const scoreOf = (model: string) =>
    polytagEval('score', '--model', model, '--data', project.path('data/val.json'));

  it('is not there', async () => {
    const { status, out, err } = await scoreOf(project.path('run/bets'));
    expect([status, out]).toEqual([4, '']);
    expect(err).toContain(project.path('run/bets'));
    expect(err).toContain('code: checkpoint/not-found');
  });

  it('is damaged', async () => {
    const damaged = project.path('damaged');
    await cp(project.best, damaged, { recursive: true });
    const weights = await readFile(join(damaged, 'model.safetensors'));
    weights[weights.length - 9] ^= 16;
    await project.write('damaged/model.safetensors', weights);
    const { status, out, err } = await scoreOf(damaged);
    expect([status, out]).toEqual([4, '']);
    expect(err).toContain(damaged);
    expect(err).toContain('model.safetensors');
    expect(err).toContain('code: checkpoint/checksum');
  });
});

it('groups labels by the images that a training file gives them, which need not be there', async () => {
  const { classes } = JSON.parse(await readFile(project.path('data/val.json'), 'utf8')) as {
    classes: string[];
  };
  // 101 images of the first label, one of which lists it twice; 20 of the second.
  const images = Array.from({ length: 101 }, (_, i) => [
    `gone/${i}.jpg`,
    [classes[0], ...(i === 0 ? [classes[0]] : []), ...(i < 20 ? [classes[1]] : [])],
  ]);
  const train = await project.write('data/of-training.json', JSON.stringify({ classes, images }));
  const json = project.path('grouped.json');
  const { status, out } = await score(
    '--data',
    project.path('data/val.json'),
    '--train',
    train,
    '--json',
    json,
  );
  expect(status).toBe(0);
  expect(out).toContain('many: 1 label on more than 100 training images');
  expect(out).toContain('medium: 1 label on 20 to 100 training images');
  const { frequencyGroups } = JSON.parse(await readFile(json, 'utf8'));
  expect(frequencyGroups.map(({ labels }: { labels: number }) => labels)).toEqual([1, 1, classes.length - 2]);
});
