/** @jest-environment ../../jest.onnx-environment.mjs */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel } from '@polytag/model';
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
  expect(out).toBe(`${join(web, 'model.json')}: 4 files, ${kilobytes} kB\n`);
  const model = await loadModel(project.best);
  const info = JSON.parse(await readFile(join(web, 'polytag.json'), 'utf8'));
  expect(info).toMatchObject({ labels: model.labels.names, height: 32, width: 32, scale: 17 });
  const values = model.network.countParams();
  model.dispose();
  expect((await exportTo(small, '--weights', 'float16')).status).toBe(0);
  expect([await bytesOfWeights(web), await bytesOfWeights(small)]).toEqual([4 * values, 2 * values]);
});

it.each([
  ['a model that is not there', ['--model', 'none'], 4, 'code: checkpoint/not-found'],
  ['another type of weights', ['--weights', 'float8'], 2, 'float32, float16'],
  ['what ONNX alone has', ['--weights', 'int8'], 2, '--weights int8 is for --format onnx'],
])('refuses %s', async (_, more, code, message) => {
  const { status, err } = await exportTo(project.path('never'), ...more);
  expect(status).toBe(code);
  expect(err).toContain(message);
});

it.each([
  [
    '--quantise without images',
    ['--format', 'onnx', '--quantise', 'static'],
    '--quantise static needs images',
  ],
  [
    'images without --quantise',
    ['--format', 'onnx', '--calibrate', 'a'],
    '--calibrate is for --quantise static',
  ],
  ['--check of what is no ONNX', ['--check', 'a'], '--check is for --format onnx'],
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
    /^checked with onnxruntime-web: probabilities differ .* at most ([\de.-]+)$/m,
  )!;
  expect(Number(difference)).toBeLessThan(1e-4);
  expect(out).toContain(`${join(to, 'model.onnx')}: 3 files, `);
  const session = await InferenceSession.create(await readFile(join(to, 'model.onnx')));
  expect([session.inputNames, session.outputNames]).toEqual([['images'], ['probabilities', 'scores']]);
  await session.release();
});

const figures = (out: string, row: string) => {
  const [, megabytes, mAP] = out.match(new RegExp(`^${row}.* ([\\d.]+) MB +([\\d.]+) +[\\d.]+$`, 'm'))!;
  return { megabytes: Number(megabytes), mAP: Number(mAP) };
};

it('scores model and file on a label file, and tells size and speed of both', async () => {
  const data = project.path('data', 'val.json');
  const { status, out } = await exportTo(project.path('checked'), '--format', 'onnx', '--check', data);
  expect(status).toBe(0);
  expect(out).toContain(`on 6 images of ${data}\n`);
  const [model, file] = [figures(out, 'model '), figures(out, 'model.onnx in')];
  expect(model.mAP).toBeCloseTo(100 * project.mAP, 2);
  expect(file.mAP).toBeCloseTo(100 * project.mAP, 2);
  expect(out).toMatch(/^the file loses -?0\.0\d points of mAP$/m);
});

it('quantises with the images of a label file, and tells what is lost on them', async () => {
  const data = project.path('data', 'train.json');
  const quantised = ['--quantise', 'static', '--calibrate', data, '--weights', 'int8'];
  const { status, out } = await exportTo(project.path('static'), '--format', 'onnx', ...quantised);
  expect(status).toBe(0);
  expect(out).toContain(`on 8 images of ${data}\n`);
  expect(figures(out, 'model.onnx in').megabytes).toBeLessThan(0.5 * figures(out, 'model ').megabytes);
});

it('names an image that cannot be used, writes the file, and ends with an error', async () => {
  const { classes, images } = JSON.parse(await readFile(project.path('data', 'val.json'), 'utf8'));
  const list = [...images.slice(0, 2), ['images/none.jpg', []]];
  const data = await project.write('data/gap.json', JSON.stringify({ classes, images: list }));
  const { status, out, err } = await exportTo(project.path('gap'), '--format', 'onnx', '--check', data);
  expect(status).toBe(3);
  expect(err).toContain('none.jpg');
  expect(out).toContain('on 2 images');
  expect(await readdir(project.path('gap'))).toContain('model.onnx');
});
