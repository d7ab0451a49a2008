import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFolder } from '@polytag/checkpoints';
import { loadModel } from '@polytag/model';
import { readOnnxFile } from '@polytag/onnx-runtime';
import { InferenceSession } from 'onnxruntime-web';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
beforeAll(async () => void (project = await ModelProject.make()));
afterAll(() => project.remove());

const exportTo = (out: string, ...more: string[]) =>
  polytagEval('export', '--model', project.best, '--out', out, ...more);

const bytesOfWeights = async (folder: string) => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.bin'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};

it('writes what a page needs, in float32 or half of it in float16', async () => {
  const [web, small] = [project.path('web'), project.path('small')];
  const { status, out, err } = await exportTo(web);
  expect([status, err]).toEqual([0, '']);
  const sizes = await Promise.all(
    (await readdir(web)).map(async (name) => (await stat(join(web, name))).size),
  );
  const kilobytes = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1000);
  expect(out).toBe(`${web}: 4 files, ${kilobytes} kB; load ${join(web, 'model.json')}\n`);
  const model = await loadModel(project.best);
  const info = JSON.parse(await readFile(join(web, 'polytag.json'), 'utf8'));
  expect(info).toMatchObject({ labels: model.labels.names, height: 32, width: 32, scale: 17 });
  const values = model.network.countParams();
  model.dispose();
  expect((await exportTo(small, '--weights', 'float16')).status).toBe(0);
  expect([await bytesOfWeights(web), await bytesOfWeights(small)]).toEqual([4 * values, 2 * values]);
});

it('refuses a model that is not there', async () => {
  const { status, err } = await polytagEval('export', '--model', 'none', '--out', project.path('never'));
  expect([status, err]).toEqual([4, expect.stringContaining('code: checkpoint/not-found')]);
});

it('replaces a former export, and no model', async () => {
  const again = project.path('again');
  for (const status of [0, 0]) expect((await exportTo(again)).status).toBe(status);
  const before = await readdir(project.best);
  const { status, err } = await exportTo(project.best);
  expect([status, err]).toEqual([2, expect.stringContaining('holds a model or a checkpoint')]);
  expect(await readdir(project.best)).toEqual(before);
});

it('replaces no model whose backbone is an ONNX file', async () => {
  const folder = project.path('encoded');
  const files = { 'config.json': '{}', 'model.safetensors': 'head', 'backbone.onnx': 'encoder' };
  await writeFolder(folder, files);
  for (const format of ['tfjs', 'onnx', 'huggingface']) {
    const { status, err } = await exportTo(folder, '--format', format);
    expect([status, err]).toEqual([2, expect.stringContaining('holds a model or a checkpoint')]);
  }
  expect((await readdir(folder)).sort()).toEqual([...Object.keys(files), 'manifest.json'].sort());
});

it.each([
  ['another type of weights', ['--weights', 'float8'], 2, 'float32, float16'],
  ['what ONNX alone has', ['--weights', 'int8'], 2, '--weights int8 works only with --format onnx'],
])('refuses %s', async (_, more, code, message) => {
  const { status, err } = await exportTo(project.path('never'), ...more);
  expect(status).toBe(code);
  expect(err).toContain(message);
});

it.each([
  [
    '--quantise without images',
    ['--format', 'onnx', '--quantise', 'static'],
    '--quantise static needs --calibrate',
  ],
  [
    'images without --quantise',
    ['--format', 'onnx', '--calibrate', 'a'],
    '--calibrate works only with --quantise static',
  ],
  ['--check of what is no ONNX', ['--check', 'a'], '--check works only with --format onnx and huggingface'],
  [
    'a form of a backbone alone',
    ['--format', 'onnx', '--backbone-only', '--weights', 'int8'],
    '--weights does not work with --backbone-only',
  ],
  ['a backbone alone for a page', ['--backbone-only'], '--backbone-only works only with --format onnx'],
  [
    '--input of a hub folder',
    ['--format', 'huggingface', '--input', 'pixels'],
    '--input works only with --format onnx',
  ],
])('refuses %s', async (_, more, message) => {
  const { status, err } = await exportTo(project.path('never'), ...more);
  expect(status).toBe(2);
  expect(err).toContain(message);
});

it('leaves a folder alone that is no former export', async () => {
  const { status, err } = await exportTo(project.path('data'));
  expect(status).toBe(2);
  expect(err).toContain('code: usage/foreign-folder');
});

it('writes ONNX, checked with onnxruntime, of one input and the outputs that are asked for', async () => {
  const to = project.path('onnx');
  const { status, out, err } = await exportTo(to, '--format', 'onnx', '--outputs', 'scores');
  expect([status, err]).toEqual([0, '']);
  const [, difference] = out.match(
    /^checked with onnxruntime-(?:node|web): probabilities differ .* at most ([\de.-]+)$/m,
  )!;
  expect(Number(difference)).toBeLessThan(1e-4);
  expect(out).toMatch(/: 3 files, \d+ kB; load .*model\.onnx\n/);
  const session = await InferenceSession.create(await readFile(join(to, 'model.onnx')));
  expect([session.inputNames, session.outputNames]).toEqual([['images'], ['probabilities', 'scores']]);
  await session.release();
});

/** Megabytes and mAP of a row of the table. */
const figures = (out: string, row: string) => {
  const [, megabytes, mAP] = out.match(new RegExp(`^${row} +([\\d.]+) MB +([\\d.]+)`, 'm'))!;
  return { megabytes: Number(megabytes), mAP: Number(mAP) };
};

it('scores model and file on a label file, and tells size and speed of both', async () => {
  const data = project.path('data', 'val.json');
  const { status, out } = await exportTo(project.path('checked'), '--format', 'onnx', '--check', data);
  expect(status).toBe(0);
  expect(out).toContain('on 6 images of data/val.json');
  const json = project.path('scored.json');
  await polytagEval('score', '--model', project.best, '--data', data, '--json', json);
  const { mAPOccurring } = JSON.parse(await readFile(json, 'utf8'));
  for (const row of ['run/best', 'model.onnx'])
    expect(figures(out, row).mAP).toBeCloseTo(100 * mAPOccurring, 1);
});

it('quantises with the images of a label file, and tells what is lost on them', async () => {
  const data = project.path('data', 'train.json');
  const quantised = ['--quantise', 'static', '--calibrate', data, '--weights', 'int8'];
  const { status, out } = await exportTo(project.path('static'), '--format', 'onnx', ...quantised);
  expect(status).toBe(0);
  expect(out).toContain('on 8 images of data/train.json');
  expect(figures(out, 'model.onnx').megabytes).toBeLessThan(0.5 * figures(out, 'run/best').megabytes);
});

it('names a label file that is wrong before it measures ranges', async () => {
  const quantised = ['--quantise', 'static', '--calibrate', project.path('data', 'train.json')];
  const check = ['--check', project.path('none.json')];
  const { status, err } = await exportTo(project.path('late'), '--format', 'onnx', ...quantised, ...check);
  expect([status, err]).toEqual([3, expect.stringContaining('none.json was not found')]);
  expect(err).not.toContain('measuring ranges');
});

it('writes the backbone alone as an encoder, and says how a config takes it', async () => {
  const file = project.path('encoders', 'small.onnx');
  const { status, out } = await exportTo(file, '--format', 'onnx', '--backbone-only');
  expect(status).toBe(0);
  expect(out).toMatch(/features differ from the model’s by at most \d\.\de-\d of the largest/);
  expect(out).toContain(`backbone: { onnx: ${file}, normalisation: `);
  const { inputs, outputs } = readOnnxFile(await readFile(file), file);
  expect(inputs).toMatchObject([{ name: 'pixel_values', shape: ['batch', 3, 'height', 'width'] }]);
  expect(outputs.map(({ name }) => name)).toEqual(['feature_map']);
});

it('names an image that cannot be used, writes the file, and ends with an error', async () => {
  const { classes, images } = JSON.parse(await readFile(project.path('data', 'val.json'), 'utf8'));
  const list = [...images.slice(0, 2), ['images/none.jpg', []]];
  const data = await project.write('data/gap.json', JSON.stringify({ classes, images: list }));
  const { status, out, err } = await exportTo(project.path('gap'), '--format', 'onnx', '--check', data);
  expect(status).toBe(3);
  expect(err).toContain('none.jpg');
  expect(out).toContain('on 2 images');
  expect(err).not.toContain('--');
  expect(await readdir(project.path('gap'))).toContain('model.onnx');
});

it('takes no image of more pixels than --max-pixels', async () => {
  const few = ['--check', project.path('data/val.json'), '--max-pixels', '1023'];
  const small = await exportTo(project.path('few'), '--format', 'onnx', ...few);
  expect([small.status, small.err]).toEqual([
    3,
    expect.stringContaining(' pixels; the limit is 0.001023 million'),
  ]);
});

describe('a folder for a model hub', () => {
  let hub: string;
  beforeAll(() => void (hub = project.path('hub')));

  it('has the model, ONNX in three sizes, tfjs and a README with the score that was measured', async () => {
    const data = project.path('data', 'val.json');
    const { status, out, err } = await exportTo(hub, '--format', 'huggingface', '--check', data);
    expect([status, err]).toEqual([0, expect.not.stringContaining('warning')]);
    const sizes = ['model.onnx', 'model_fp16.onnx', 'model_quantized.onnx'].map((name) => figures(out, name));
    expect(sizes[1].megabytes).toBeLessThan(sizes[0].megabytes);
    expect(sizes[2].megabytes).toBeLessThan(sizes[1].megabytes);
    const readme = await readFile(join(hub, 'README.md'), 'utf8');
    expect(readme).toContain(`value: ${figures(out, 'run/best').mAP.toFixed(2)} }`);
    const config = JSON.parse(await readFile(join(hub, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ problem_type: 'multi_label_classification', model_type: 'polytag' });
    expect(await readdir(join(hub, 'tfjs'))).toContain('model.json');
  });

  it('is a model folder, whose predictions are the same', async () => {
    const photo = project.path('data', 'images', (await readdir(project.path('data', 'images')))[0]);
    const [own, same] = await Promise.all(
      [project.best, hub].map((model) =>
        polytagEval('predict', photo, '--model', model, '--scores', '--json'),
      ),
    );
    expect(same).toEqual(own);
    expect(own.status).toBe(0);
  });

  it('is not replaced by a file of it alone', async () => {
    const { status, err } = await polytagEval('export', '--model', hub, '--out', hub, '--format', 'onnx');
    expect([status, err]).toEqual([2, expect.stringContaining('code: usage/foreign-folder')]);
    expect(await readdir(hub)).toContain('model.safetensors');
  });

  it('is written again from itself, with one reader in its README', async () => {
    const again = project.path('again');
    expect(
      (await polytagEval('export', '--model', hub, '--out', again, '--format', 'huggingface')).status,
    ).toBe(0);
    const [readme, before] = await Promise.all(
      [again, hub].map((folder) => readFile(join(folder, 'README.md'), 'utf8')),
    );
    expect(readme.split('## In other programs')).toHaveLength(2);
    expect(readme.split('\n## In')[0]).toBe(before.split('\n## In')[0]);
  });
});
