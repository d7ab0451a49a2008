import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jest } from '@jest/globals';
import { LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { exportOnnx } from '@polytag/export';
import { buildModel } from '@polytag/model';
import sharp from 'sharp';
import { findBrowser, startSite, type Site } from './browser.js';
import { bundle } from './bundle.js';
import { predictOnnx } from './programs/onnx-prediction.js';

// A browser starts.
jest.setTimeout(120_000);

const executable = findBrowser();

it('the light runtime is bundled without TensorFlow.js, and without what reads label files', async () => {
  const entry = join(import.meta.dirname, 'entries/onnx.ts');
  const { metafile } = await bundle({ onnx: entry });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.some((path) => path.includes('onnxruntime-web'))).toBe(true);
  expect(
    inputs.filter((path) => /tensorflow|csv-parse|streamparser|sharp|onnxruntime-node/.test(path)),
  ).toEqual([]);
});

(executable ? describe : describe.skip)('in a browser', () => {
  let site: Site;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-browser-onnx-'));
    await useEngine('wasm');
    const model = await buildModel(
      {
        backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
        head: { name: 'linear', options: {} },
      },
      { labels: new LabelVocabulary(['cat', 'dog', 'person']), height: 64, width: 64, seed: 3 },
    );
    await exportOnnx(model, folder);
    model.dispose();
    const picture = Buffer.alloc(90 * 70 * 3, 'pixels of a picture');
    await sharp(picture, { raw: { width: 90, height: 70, channels: 3 } })
      .png()
      .toFile(join(folder, 'picture.png'));
    const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
    site = await startSite(executable!, { model: folder, ort });
  });
  afterAll(async () => {
    await site?.close();
    await rm(folder, { recursive: true });
  });

  it('an exported model gives the probabilities of Node, bit for bit, on the same pixels', async () => {
    const page = await site.open({ programs: 'onnx' });
    const found = await page.inPage('predictOnnx', '/model', '/model/picture.png', { wasmPath: '/ort/' });
    const expected = await predictOnnx(folder, join(folder, 'picture.png'));
    expect(found).toEqual(expected);
    expect(new Set(expected.map(({ score }) => score)).size).toBe(3);
    await page.close();
  });
});
