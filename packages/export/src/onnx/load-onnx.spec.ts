import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, RandomStream } from '@polytag/core';
import { encodePng } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import type { LabelScore } from '@polytag/model';
import { loadOnnx, type OnnxInput } from '@polytag/onnx-runtime';
import { exportOnnx } from './export-onnx.js';
import { madeModel } from './models.fixture.js';

let folder: string;
beforeAll(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'polytag-load-onnx-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Labels = Promise<(LabelScore[] | DataError)[]>;
/** What both models do. */
interface Predicts {
  topK(images: string[], k: number, options: { onError: 'return' }): Labels;
  predict(images: string[], options: { onError: 'return' }): Labels;
}

/** Files of photographs of other sizes than the network's. */
function photographs(): Promise<string[]> {
  const sizes = [
    [64, 96],
    [31, 40],
    [150, 90],
  ];
  return Promise.all(
    sizes.map(async ([height, width], i) => {
      const random = new RandomStream(i, 'photograph');
      const pixels = Uint8Array.from({ length: height * width * 3 }, () => random.integer(256));
      const path = join(folder, `${i}.png`);
      await writeFile(path, await encodePng({ pixels, height, width }));
      return path;
    }),
  );
}

it.each<OnnxInput>(['pixels', 'pixels-float', 'normalised'])(
  'an exported model with input %s predicts through onnxruntime what the model predicts',
  async (input) => {
    const model = await madeModel('mobilenet-v3-small', 'linear', { space: 'cosines', scale: 17 });
    model.thresholds = [0.2, 0.4, 0.5, 0.6, 0.8];
    const slopes = [0.5, 1, 2, 1, 1];
    model.calibration = { method: 'platt', slopes, offsets: [0.3, 0, -0.2, 0, 1] };
    const images = await photographs();
    await exportOnnx(model, join(folder, input), { input });
    const onnx = await loadOnnx(join(folder, input));
    expect(onnx.labels.names).toEqual(model.labels.names);
    expect(onnx.preprocessing).toEqual(model.preprocessing);
    expect(onnx.thresholds).toEqual(model.thresholds);
    const all = [...images, join(folder, 'missing.png')];
    for (const run of [
      (of: Predicts) => of.topK(all, 5, { onError: 'return' }),
      (of: Predicts) => of.predict(all, { onError: 'return' }),
    ]) {
      const [found, expected] = [await run(onnx), await run(model)];
      expect(found[3]).toBeInstanceOf(DataError);
      for (const [i] of images.entries()) {
        const [labels, those] = [found[i], expected[i]];
        if (labels instanceof DataError || those instanceof DataError) throw labels;
        expect(labels.map(({ label }) => label)).toEqual(those.map(({ label }) => label));
        for (const [k, { score }] of labels.entries()) expect(score).toBeCloseTo(those[k].score, 4);
      }
    }
    expect(await onnx.predictPixels(new Uint8Array(0), 0)).toEqual(new Float32Array(0));
    await onnx.close();
    model.dispose();
  },
);
