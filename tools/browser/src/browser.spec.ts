import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { exportTfjs } from '@polytag/export';
import { buildModel, loadModel, saveModel, type LabelScore } from '@polytag/model';
import sharp from 'sharp';
import { findBrowser, startSite, type BrowserPage, type Site } from './browser.js';
import { picture, predict } from './programs/prediction.js';
import { relaxedHere, trainingStep, type TrainingStep } from './programs/training-step.js';

// A browser starts, and trains.
jest.setTimeout(120_000);

const executable = findBrowser();
if (!executable) {
  process.stdout.write(
    'Nothing is run in a browser: no Chromium or Chrome is installed (POLYTAG_CHROMIUM names one elsewhere)\n',
  );
}

const farthest = (one: TrainingStep, other: TrainingStep): number =>
  one.weights.reduce((most, weight, i) => Math.max(most, Math.abs(weight - other.weights[i])), 0);

/** A model with an ML-Decoder head, saved and exported. */
async function saveModels(saved: string, exported: string): Promise<void> {
  await useEngine('wasm');
  const model = await buildModel(
    {
      backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
      head: { name: 'ml-decoder', options: { embedding: 16, heads: 2, feedForward: 8 } },
    },
    { labels: new LabelVocabulary(['cat', 'dog', 'person']), height: 64, width: 64, seed: 3 },
  );
  await saveModel(model, saved);
  await exportTfjs(model, exported);
  model.dispose();
}

(executable ? describe : describe.skip)('in a browser', () => {
  let site: Site;
  let page: BrowserPage;
  let isolated: BrowserPage;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-browser-'));
    const [saved, exported] = [join(folder, 'saved'), join(folder, 'exported')];
    await saveModels(saved, exported);
    site = await startSite(executable!, { saved, exported });
    page = await site.open();
    isolated = await site.open({ isolated: true });
  });
  afterAll(async () => {
    await site?.close();
    await rm(folder, { recursive: true });
  });

  const wasmPath = '/wasm/';

  describe('a training step on wasm gives the numbers of Node, bit for bit', () => {
    it.each(['plain', 'relaxed'] as const)('with the %s kernels, in a page and in a worker', async (simd) => {
      expect(await relaxedHere()).toBe(true);
      const expected = await trainingStep('wasm', { simd });
      expect(expected.losses[1]).toBeLessThan(expected.losses[0]);
      expect(new Set(expected.weights).size).toBeGreaterThan(10_000);
      expect(await page.inPage('trainingStep', 'wasm', { simd, wasmPath })).toEqual(expected);
      expect(await page.inWorker('trainingStep', 'wasm', { simd, wasmPath })).toEqual(expected);
    });

    it('in a cross-origin isolated page, where tfjs would take threads', async () => {
      const expected = await trainingStep('wasm', { simd: 'plain' });
      expect(await isolated.inPage('trainingStep', 'wasm', { simd: 'plain', wasmPath })).toEqual(expected);
      expect(await isolated.inWorker('trainingStep', 'wasm', { simd: 'plain', wasmPath })).toEqual(expected);
    });
  });

  it('a model folder loads from its address and gives the scores of Node', async () => {
    const file = await sharp(Buffer.alloc(40 * 30 * 3, 'pixels'), {
      raw: { width: 40, height: 30, channels: 3 },
    })
      .png()
      .toBuffer();
    const expected = await predict(join(folder, 'saved'), [...file]);
    expect(new Set(expected.flat().map(({ score }) => score)).size).toBe(6);
    for (const call of [page.inPage, page.inWorker]) {
      const got = (await call('predict', '/saved', [...file], { wasmPath })) as LabelScore[][];
      got.flat().forEach(({ label, score }, i) => {
        expect(label).toBe(expected.flat()[i].label);
        expect(score).toBeCloseTo(expected.flat()[i].score, 12);
      });
    }
  });

  it('an exported model gives the scores of the model', async () => {
    await useEngine('wasm');
    const model = await loadModel(join(folder, 'saved'));
    const pixels = picture(64, 64);
    const expected = new Map((await model.topK(pixels, 3)).map(({ label, score }) => [label, score]));
    const names = model.labels.names;
    pixels.dispose();
    model.dispose();
    for (const call of [page.inPage, page.inWorker]) {
      const got = (await call('predictExported', '/exported', { wasmPath })) as number[];
      got.forEach((score, i) => expect(score).toBeCloseTo(expected.get(names[i])!, 6));
    }
  });

  it('a training step on WebGPU is the one of the cpu engine, to rounding', async () => {
    // The first block has every kind of layer but the sum at the end of others; each shape more is shaders more, which the
    // software driver compiles slowly.
    const lastLayer = 'features.1.conv.5';
    const expected = await trainingStep('cpu', { lastLayer });
    const got = (await page.inPage('trainingStep', 'webgpu', { lastLayer })) as TrainingStep;
    got.losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected.losses[i], 4));
    // Batch norms over a few pixels magnify roundings; the wasm kernels tell how much.
    const rounding = farthest(await trainingStep('wasm', { lastLayer }), expected);
    expect(farthest(got, expected)).toBeLessThan(2 * rounding);
  });
});
