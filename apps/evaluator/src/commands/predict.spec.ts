import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readImage, readOverlaid } from '@polytag/datasets';
import { heatMapPixels, loadModel, type MultiLabelModel } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
let model: MultiLabelModel;
let photos: string[];
beforeAll(async () => {
  project = await ModelProject.make();
  model = await loadModel(project.best);
  photos = [0, 1, 2].map((i) => project.path(`data/images/val-0000${i}.png`));
});
afterAll(async () => {
  model.dispose();
  await project.remove();
});

const predict = (...more: string[]) => polytagEval('predict', '--model', project.best, ...more);

it('writes the best labels of each photograph, one line each', async () => {
  const expected = await model.topK(photos, 2);
  const { status, out, err } = await predict(...photos, '--top', '2');
  expect([status, err]).toEqual([0, '']);
  expect(out).toBe(
    expected
      .map(
        (labels, i) =>
          `${photos[i]}: ${labels.map(({ label, score }) => `${label} ${score.toFixed(3)}`).join(', ')}\n`,
      )
      .join(''),
  );
});

it('writes one JSON object a line', async () => {
  const expected = await model.topK(photos, 3);
  const { status, out } = await predict(...photos, '--top', '3', '--json');
  expect(status).toBe(0);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual(photos.map((image, i) => ({ image, labels: expected[i] })));
});

it('writes the labels above a threshold, also when there are none', async () => {
  const scores = await model.topK(photos[0], 16);
  const threshold = (scores[3].score + scores[4].score) / 2;
  const { out } = await predict(photos[0], '--threshold', String(threshold), '--json');
  expect(JSON.parse(out).labels).toEqual(scores.slice(0, 4));
  expect((await predict(photos[0], '--threshold', '1')).out).toBe(`${photos[0]}: (no label)\n`);
  expect(JSON.parse((await predict(photos[0], '--threshold', '0', '--json')).out).labels).toHaveLength(16);
});

it("takes the model's own thresholds by default, 0.5 where it has none", async () => {
  const { out } = await predict(...photos, '--json');
  const expected = await model.predict(photos);
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).labels),
  ).toEqual(expected);
  for (const { score } of expected.flat()) expect(score).toBeGreaterThan(0.5);
});

it('predicts more photographs than fit into a batch, in their order', async () => {
  const many = Array.from({ length: 40 }, (_, i) => photos[i % 3]);
  const { status, out, err } = await predict(...many, '--top', '1', '--json');
  expect(status).toBe(0);
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).image),
  ).toEqual(many);
  expect(err).toContain('predicting  40/40');
});

it('names a photograph that is missing or is none, and a model that is not there', async () => {
  const missing = project.path('none.jpg');
  expect(await predict(missing)).toMatchObject({ status: 3, out: '', err: expect.stringContaining(missing) });
  const svg = await project.write('drawing.jpg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  expect(await predict(photos[0], svg)).toMatchObject({
    status: 3,
    err: expect.stringContaining(`${svg} is an SVG drawing`),
  });
  const nowhere = project.path('nowhere');
  expect(await polytagEval('predict', '--model', nowhere, photos[0])).toMatchObject({
    status: 4,
    err: expect.stringContaining(nowhere),
  });
});

it('predicts the others when some photographs cannot be used, names each of those and ends with status 3', async () => {
  const text = await project.write('text.jpg', 'moved elsewhere\n');
  const missing = project.path('lost.jpg');
  await mkdir(project.path('empty'), { recursive: true });
  const given = [photos[0], text, photos[1], missing, project.path('empty'), photos[2]];
  const expected = await predict(...photos, '--top', '2');
  const { status, out, err } = await predict(...given, '--top', '2');
  expect([status, out]).toEqual([3, expected.out]);
  const lines = err.split('\n');
  expect(lines[0]).toContain(`error: ${text} is a text file, not a JPEG, PNG or WebP.`);
  expect(lines[1]).toContain(`${missing} was not found.`);
  expect(lines[2]).toContain(`The folder ${project.path('empty')} has no JPEG, PNG or WebP.`);
  expect(lines[3]).toMatch(/^error: 3 of 6 images cannot be used/);
  expect(err).toContain('code: data/bad-images');
  expect(err).not.toContain('label file');
});

it('stops at the first photograph that cannot be used when told to', async () => {
  const text = await project.write('text.jpg', 'moved elsewhere\n');
  const { status, out, err } = await predict(text, photos[1], '--strict');
  expect([status, out]).toEqual([3, '']);
  expect(err).toContain('code: data/not-an-image');
});

it('takes the most pixels of an image as an option', async () => {
  const { status, err } = await predict(photos[0], '--max-pixels', '1000');
  expect(status).toBe(3);
  expect(err).toContain('has 40 x 40 pixels; the limit is 0.001 million pixels.');
});

it('predicts with a model folder that was moved', async () => {
  const elsewhere = project.path('elsewhere');
  await cp(project.best, elsewhere, { recursive: true });
  const { out } = await polytagEval('predict', '--model', elsewhere, photos[1], '--top', '2');
  expect(out).toBe((await predict(photos[1], '--top', '2')).out);
});

describe('--explain', () => {
  it('writes a picture for each label that is told, and a page of them', async () => {
    const folder = project.path('why');
    // Two photographs of one name.
    await mkdir(project.path('other'));
    await cp(photos[1], project.path('other/val-00000.png'));
    const named = [photos[0], project.path('other/val-00000.png')];
    const { status, out } = await predict(...named, '--top', '2', '--explain', folder);
    expect(status).toBe(0);
    const told = await model.topK(named, 2);
    expect(out.split('\n')).toHaveLength(3);
    const pictures = new Set<string>();
    for (const labels of told)
      for (const { label } of labels) {
        const first = `val-00000 - ${label}.jpg`;
        pictures.add(pictures.has(first) ? `val-00000 - ${label} (2).jpg` : first);
      }
    expect((await readdir(folder)).sort()).toEqual([...pictures, 'index.html'].sort());
    const page = await readFile(join(folder, 'index.html'), 'utf8');
    for (const picture of pictures) {
      expect(page).toContain(`src="${encodeURIComponent(picture)}"`);
      expect(await readImage(join(folder, picture))).toMatchObject({ width: 40, height: 40 });
    }
    // It loads nothing but pictures beside it.
    expect(page).toContain(
      "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'".replaceAll("'", '&#39;'),
    );
    await model.explain(photos[0], { labels: [told[0][0].label] }).then(async ([map]) => {
      const [expected] = await readOverlaid(photos[0], (size) => [heatMapPixels(map, size)]);
      const found = await readFile(join(folder, `val-00000 - ${map.label}.jpg`));
      expect(Buffer.compare(found, expected)).toBe(0);
    });
  });

  it('leaves a folder alone that holds something, and is refused where it cannot be done', async () => {
    const folder = project.path('full');
    await mkdir(folder);
    await writeFile(join(folder, 'mine.txt'), 'mine');
    const { status, err } = await predict(photos[0], '--explain', folder);
    expect(status).toBe(2);
    expect(err).toContain('usage/folder-not-empty');
    expect(await readdir(folder)).toEqual(['mine.txt']);
    const onnx = await predict(photos[0], '--explain', project.path('none'), '--engine', 'onnx');
    expect([onnx.status, onnx.err]).toEqual([
      2,
      expect.stringContaining('--explain does not work with --engine onnx'),
    ]);
    const resumed = await predict(photos[0], '--explain', folder, '--out', 'lines.txt', '--resume');
    expect([resumed.status, resumed.err]).toEqual([2, expect.stringContaining('cannot be used with')]);
  });
});
