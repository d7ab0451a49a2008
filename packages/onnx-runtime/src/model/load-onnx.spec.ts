import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { colourInfo, colourModel, writeColourModel } from './colour-model.fixture.js';
import { loadOnnx } from './load-onnx.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-load-onnx-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** An image of one colour. */
const plain = (colour: readonly number[], height = 3, width = 5) => ({
  pixels: Uint8Array.from({ length: height * width * 3 }, (_, i) => colour[i % 3]),
  height,
  width,
});

it('predicts by the thresholds of the model, best first, one image, many, and more than a batch', async () => {
  await writeColourModel(folder, { ...colourInfo, thresholds: [0.9, 0.2, 0.2] });
  const model = await loadOnnx(folder);
  const [orange, pink] = [plain([204, 102, 0]), plain([255, 51, 153])];
  expect(await model.predict(orange)).toEqual([{ label: '2 green', score: expect.closeTo(0.4, 6) }]);
  expect((await model.predict([orange, pink]))[1].map(({ label }) => label)).toEqual([
    '1 red',
    '3 blue',
    '2 green',
  ]);
  expect((await model.topK(orange, 2)).map(({ label }) => label)).toEqual(['1 red', '2 green']);
  model.thresholds = undefined;
  const many = await model.predict(Array.from({ length: 40 }, (_, i) => (i % 2 ? pink : orange)));
  expect(many.map((labels) => labels.map(({ label }) => label).join())).toEqual(
    Array.from({ length: 40 }, (_, i) => (i % 2 ? '1 red,3 blue' : '1 red')),
  );
  await model.close();
});

it('says which photograph cannot be used, and with onError returns it among the others', async () => {
  await writeColourModel(folder);
  const model = await loadOnnx(folder);
  const broken = Uint8Array.of(1, 2, 3);
  await expect(model.predict([plain([255, 0, 0]), broken])).rejects.toMatchObject({
    code: 'data/not-an-image',
  });
  const [error, red] = await model.predict([broken, plain([255, 0, 0])], { onError: 'return' });
  expect(error).toMatchObject({ code: 'data/not-an-image' });
  expect(red).toEqual([{ label: '1 red', score: 1 }]);
  await model.close();
});

it('leads from a folder that training saved to the export', async () => {
  await writeFile(join(folder, 'model.safetensors'), '');
  await expect(loadOnnx(folder)).rejects.toMatchObject({
    code: 'checkpoint/missing-file',
    hint: expect.stringContaining('polytag-eval export --format onnx'),
  });
  await mkdir(join(folder, 'onnx'));
  await expect(loadOnnx(folder)).rejects.toMatchObject({
    hint: expect.stringContaining(`give ${join(folder, 'onnx')}`),
  });
  await expect(loadOnnx(join(folder, 'none'))).rejects.toMatchObject({ code: 'checkpoint/not-found' });
  await expect(loadOnnx(join(folder, 'model.safetensors'))).rejects.toMatchObject({
    code: 'checkpoint/not-found',
    message: expect.stringContaining('is a file, not a folder'),
  });
});

const without = (key: keyof typeof colourInfo) => ({ ...colourInfo, [key]: undefined });

it.each<[string, string | object, RegExp]>([
  ['is no JSON', '{', /is not valid JSON/],
  ['has no labels', without('labels'), /"labels"/],
  ['has fewer names than labels', { ...colourInfo, id2label: { 0: '1 red' } }, /"id2label"/],
  [
    'has names in another order',
    { ...colourInfo, id2label: { 0: '2 green', 1: '1 red', 2: '3 blue' } },
    /"id2label"/,
  ],
  ['names a prototype', JSON.stringify(colourInfo).replace('"2":', '"__proto__":'), /"id2label"/],
  ['has labels that are not sorted', { ...colourInfo, labels: ['b', 'a', 'c'] }, /sorted/],
  ['has a label twice', { ...colourInfo, labels: ['a', 'a', 'b'] }, /twice/],
  ['has a side of a billion pixels', { ...colourInfo, height: 1e9 }, /"height"/],
  ['has a side of no pixels', { ...colourInfo, width: 0 }, /"width"/],
  ['divides by nothing', { ...colourInfo, normalisation: { mean: [0, 0, 0], std: [1, 0, 1] } }, /green/],
  ['has too few thresholds', { ...colourInfo, thresholds: [0.5] }, /1 "thresholds" for 3/],
  ['has a threshold above 1', { ...colourInfo, thresholds: [0.5, 2, 0.5] }, /"thresholds.1"/],
  ['has another input', { ...colourInfo, input: 'sound' }, /"input"/],
])('refuses a polytag.json that %s', async (_, info, message) => {
  await writeColourModel(folder, info);
  await expect(loadOnnx(folder)).rejects.toMatchObject({
    code: 'checkpoint/config',
    message: expect.stringMatching(message),
  });
});

it.each<[string, object, RegExp]>([
  ['labels', { labels: ['a', 'b'], id2label: { 0: 'a', 1: 'b' } }, /2 labels.* float32 \[batch, 3\]/],
  ['input', { input: 'normalised' }, /normalised.* uint8 \[batch, height, width, 3\]/],
])('refuses a network of other %s', async (_, changes, message) => {
  await writeColourModel(folder, { ...colourInfo, ...changes });
  await expect(loadOnnx(folder)).rejects.toMatchObject({
    code: 'checkpoint/onnx-fit',
    message: expect.stringMatching(message),
  });
});

it('refuses a network of a fixed batch', async () => {
  await writeColourModel(folder);
  await writeFile(join(folder, 'model.onnx'), colourModel({ batch: { 1: 4 } }));
  await expect(loadOnnx(folder)).rejects.toMatchObject({
    code: 'checkpoint/onnx-fit',
    message: expect.stringContaining('takes exactly 4 images'),
  });
});

it('names no label by the score of another where the file leaves their number open', async () => {
  await writeColourModel(folder, { ...colourInfo, labels: ['a', 'b'], id2label: { 0: 'a', 1: 'b' } });
  await writeFile(join(folder, 'model.onnx'), colourModel({ labels: { 2: 'labels' } }));
  const model = await loadOnnx(folder);
  const image = { pixels: new Uint8Array(72), height: 4, width: 6 };
  await expect(model.topK([image, image])).rejects.toMatchObject({
    code: 'checkpoint/onnx-fit',
    message: expect.stringContaining('there are 2 labels, but for 2 images the network outputs [2, 3]'),
  });
  await model.close();
});

it('refuses a folder whose files are not those of its manifest', async () => {
  await writeColourModel(folder);
  const sha256 = '0'.repeat(64);
  const files = { 'model.onnx': { bytes: 1, sha256 }, 'polytag.json': { bytes: 1, sha256 } };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ version: 1, files }));
  await expect(loadOnnx(folder)).rejects.toMatchObject({ code: expect.stringMatching(/^checkpoint\//) });
});

it('refuses a folder in the place of a file', async () => {
  await mkdir(join(folder, 'model.onnx'));
  await writeFile(join(folder, 'polytag.json'), JSON.stringify(colourInfo));
  await expect(loadOnnx(folder)).rejects.toMatchObject({ code: 'checkpoint/not-a-file' });
});
