import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, memory, mul, randomUniform, type Tensor4D } from '@tensorflow/tfjs-core';
import { parseSafetensors, writeSafetensors } from '@polytag/checkpoints';
import { IMAGENET, LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import type { Calibration } from '@polytag/metrics';
import { exportParameters } from '@polytag/layers';
import { buildModel } from '../build/build-model.js';
import type { MultiLabelModel } from '../multi-label-model.js';
import { plainHead, tinyParts } from '../tiny-parts.fixture.js';
import { loadModel } from './load-model.js';
import { TrainedImages } from './trained-images.js';
import { saveModel } from './save-model.js';

const labels = new LabelVocabulary(['dog', 'cat', 'person']);
const size = { labels, height: 8, width: 6, parts: tinyParts };
const tiny = { backbone: { name: 'tiny' }, head: { name: 'mean', options: { scale: 4, space: 'cosines' } } };

/** Outputs for fixed images, with folded batch norms as in a loaded model: the same weights give the same bits. */
const outputsOf = async (model: MultiLabelModel) => {
  model.foldConstants();
  const { height, width } = model.preprocessing;
  const images = randomUniform([2, height, width, 3], -1, 1, 'float32', 5) as Tensor4D;
  return [...(await model.predictBatch(images).data())];
};

/** Moves every parameter, so that nothing that is saved equals its initial value. */
function moved(model: MultiLabelModel): MultiLabelModel {
  for (const { variable } of model.parameters) {
    const value = variable.read();
    variable.write(add(mul(value, 0.9), 0.01));
  }
  return model;
}

describe('a model folder', () => {
  let parent: string;
  let folder: string;
  beforeAll(() => useEngine('cpu'));
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'polytag-'));
    folder = join(parent, 'best');
  });
  afterEach(() => rm(parent, { recursive: true }));

  const jsonOf = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));

  it('gives back the model', async () => {
    const model = moved(await buildModel(tiny, { ...size, seed: 3, normalisation: IMAGENET }));
    model.thresholds = [0.25, 0.5, 0.75];
    model.trainedOn = TrainedImages.of([7, 5]);
    await saveModel(model, folder);
    const loaded = await loadModel(folder, { parts: tinyParts });
    expect(await exportParameters(loaded.parameters)).toEqual(await exportParameters(model.parameters));
    expect(await outputsOf(loaded)).toEqual(await outputsOf(model));
    expect(loaded.labels.names).toEqual(['cat', 'dog', 'person']);
    expect(loaded.preprocessing).toEqual({ height: 8, width: 6, normalisation: IMAGENET });
    expect([loaded.outputSpace, loaded.scale, loaded.thresholds]).toEqual(['cosines', 4, [0.25, 0.5, 0.75]]);
    expect(loaded.parts.backbone.options).toEqual(model.parts.backbone.options);
    expect(loaded.calibration).toBeUndefined();
    expect(loaded.trainedOn?.count([5, 6, 7])).toEqual({ among: 2, of: 3 });
  });

  it.each<[Calibration, object]>([
    [
      { method: 'temperature', slopes: Float64Array.of(0.8, 0.8, 0.8), offsets: new Float64Array(3) },
      { method: 'temperature', temperature: 1.25 },
    ],
    [
      { method: 'platt', slopes: Float64Array.of(0.5, 1, 2), offsets: Float64Array.of(-1, 0, 0.25) },
      {
        method: 'platt',
        labels: {
          cat: { slope: 0.5, offset: -1 },
          dog: { slope: 1, offset: 0 },
          person: { slope: 2, offset: 0.25 },
        },
      },
    ],
  ])('gives back how it is calibrated: %j', async (calibration, written) => {
    const model = moved(await buildModel(tiny, { ...size, seed: 3 }));
    model.calibration = calibration;
    await saveModel(model, folder);
    expect(await jsonOf('calibration.json')).toEqual(written);
    const loaded = await loadModel(folder, { parts: tinyParts });
    expect(loaded.calibration).toEqual(calibration);
    const { slopes, offsets } = calibration;
    const outputs = [0.5, -0.25, 0.125];
    const expected = outputs.map((output, k) => 1 / (1 + Math.exp(-(slopes[k] * 4 * output + offsets[k]))));
    expect([...loaded.scores(outputs)]).toEqual(expected);
    expect(() => (loaded.calibration = { ...calibration, slopes: [1] })).toThrow(
      expect.objectContaining({ code: 'usage/calibration' }),
    );
  });

  it('says what Hugging Face tools look for', async () => {
    await saveModel(await buildModel(tiny, size), folder, { card: '# Mine' });
    expect((await readdir(folder)).sort()).toEqual(
      ['README.md', 'config.json', 'manifest.json', 'model.safetensors', 'preprocessor_config.json'].sort(),
    );
    expect(await jsonOf('config.json')).toMatchObject({
      model_type: 'polytag',
      problem_type: 'multi_label_classification',
      id2label: { 0: 'cat', 1: 'dog', 2: 'person' },
      label2id: { cat: 0, dog: 1, person: 2 },
      output_space: 'cosines',
      scale: 4,
      backbone: { name: 'tiny', options: { channels: 4, seed: 0 } },
    });
    expect(await jsonOf('preprocessor_config.json')).toMatchObject({
      size: { height: 8, width: 6 },
      resample: 2,
      rescale_factor: 1 / 255,
      image_mean: [0, 0, 0],
      image_std: [1, 1, 1],
    });
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('# Mine');
    const { tensors, metadata } = parseSafetensors(await readFile(join(folder, 'model.safetensors')));
    // PyTorch order: a convolution is [out, in, kh, kw], a linear layer [out, in].
    expect(tensors.get('features.0.0.weight')).toMatchObject({ dtype: 'F32', shape: [4, 3, 3, 3] });
    expect(tensors.get('classifier.weight')).toMatchObject({ dtype: 'F32', shape: [3, 4] });
    expect(metadata).toEqual({ format: 'pt', labels: '["cat","dog","person"]' });
  });

  it('keeps integer class names in the order of their values', async () => {
    const integers = new LabelVocabulary([10, 9, 2]);
    await saveModel(await buildModel(tiny, { ...size, labels: integers }), folder);
    expect((await loadModel(folder, { parts: tinyParts })).labels.names).toEqual(['2', '9', '10']);
  });

  it('gives back a head of plain tfjs layers', async () => {
    const model = moved(await buildModel({ ...tiny, head: { name: 'plain' } }, size));
    await saveModel(model, folder);
    const loaded = await loadModel(folder, { parts: [...tinyParts, plainHead] });
    expect(await outputsOf(loaded)).toEqual(await outputsOf(model));
  });

  describe('that is not what it says', () => {
    beforeEach(async () => saveModel(await buildModel(tiny, size), folder));

    /** Rewrites the folder as if by hand: without checksums. */
    async function edit(name: string, change: (value: object) => void): Promise<void> {
      const value = await jsonOf(name);
      change(value);
      await writeFile(join(folder, name), JSON.stringify(value));
      await rm(join(folder, 'manifest.json'));
    }
    const refused = async () =>
      loadModel(folder, { parts: tinyParts }).then(
        () => undefined,
        (error: unknown) => error,
      );

    it('is refused: other classes than the weights', async () => {
      await edit('config.json', (config) => {
        Object.assign(config, { id2label: { 0: 'a', 1: 'b' } });
      });
      const before = memory().numTensors;
      expect(await refused()).toMatchObject({
        code: 'checkpoint/shape-mismatch',
        message: `${join(folder, 'model.safetensors')}: the weights have 3 labels, but config.json has 2.`,
        exitCode: 4,
      });
      expect(memory().numTensors).toBe(before);
    });

    it('is refused: another architecture', async () => {
      await edit('config.json', (config) => {
        Object.assign(config, { backbone: { name: 'tiny', options: { channels: 5 } } });
      });
      expect(await refused()).toMatchObject({
        code: 'checkpoint/shape-mismatch',
        message: expect.stringContaining('features.0.0.weight is [4,3,3,3], expected [5,3,3,3]'),
      });
    });

    it('is refused: another scale than it was trained with', async () => {
      await edit('config.json', (config) => void Object.assign(config, { scale: 23 }));
      expect(await refused()).toMatchObject({
        code: 'checkpoint/part',
        message: expect.stringContaining('scale 23'),
      });
    });

    it.each([
      [
        'a missing tensor',
        'checkpoint/missing-key',
        (tensors: Map<string, never>) => tensors.delete('classifier.bias'),
      ],
      [
        'a tensor too many',
        'checkpoint/unexpected-key',
        (tensors: Map<string, never>) => tensors.set('extra', tensors.get('classifier.bias')!),
      ],
    ])('is refused: %s', async (_, code, change) => {
      const path = join(folder, 'model.safetensors');
      const { tensors } = parseSafetensors(await readFile(path));
      change(tensors as Map<string, never>);
      await writeSafetensors(path, tensors);
      await rm(join(folder, 'manifest.json'));
      expect(await refused()).toMatchObject({ code });
    });

    it('is refused: a changed file, named by its checksum', async () => {
      const path = join(folder, 'model.safetensors');
      const bytes = await readFile(path);
      bytes[bytes.length - 1] ^= 1;
      await writeFile(path, bytes);
      expect(await refused()).toMatchObject({
        code: 'checkpoint/checksum',
        message: expect.stringContaining(path),
      });
    });

    it('is refused: broken settings', async () => {
      await edit('preprocessor_config.json', (config) => void Object.assign(config, { size: { height: 8 } }));
      expect(await refused()).toMatchObject({
        code: 'checkpoint/config',
        message: expect.stringContaining('"size.width"'),
      });
      await writeFile(join(folder, 'config.json'), '{');
      expect(await refused()).toMatchObject({ code: 'checkpoint/config' });
      await rm(join(folder, 'config.json'));
      expect(await refused()).toMatchObject({ code: 'checkpoint/missing-file' });
      await rm(folder, { recursive: true });
      expect(await refused()).toMatchObject({ code: 'checkpoint/not-found' });
    });

    it('is refused: labels out of order', async () => {
      await edit(
        'config.json',
        (config) => void Object.assign(config, { id2label: { 0: 'b', 1: 'c', 2: 'a' } }),
      );
      expect(await refused()).toMatchObject({
        code: 'checkpoint/config',
        message: expect.stringContaining('sorted'),
      });
    });
  });
});
