import { div, reshape, sub, tensor, tidy, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { useEngine, type EngineOptions } from '@polytag/engine';
import type { ModelInfo } from '@polytag/export';
import { scoresFromOutputs } from '@polytag/metrics';
import { loadModel, type LabelScore } from '@polytag/model';
import { pattern } from './pattern.js';

/** Pixels 0–255 of a picture, [height, width, 3]. */
export function picture(height: number, width: number): Tensor3D {
  const values = pattern('picture', height * width * 3).map((value) => Math.floor(128 + 127 * value));
  return tensor(values, [height, width, 3]);
}

/**
 * All labels of a picture and of a file by a model folder, best first.
 *
 * @param folder where the folder is: a path in Node, an address in a browser
 * @param file bytes of a PNG
 */
export async function predict(
  folder: string,
  file: readonly number[],
  options: EngineOptions = {},
): Promise<LabelScore[][]> {
  await useEngine('wasm', options);
  const model = await loadModel(folder);
  const pixels = picture(50, 70);
  const scores = await model.topK([pixels, Uint8Array.from(file)], model.labels.size);
  pixels.dispose();
  model.dispose();
  return scores;
}

/** Scores of a picture by a model exported for tfjs, in the order of its labels; for browsers, which fetch it. */
export async function predictExported(address: string, options: EngineOptions = {}): Promise<number[]> {
  await useEngine('wasm', options);
  const { height, width, normalisation, scale, calibration } = (await (
    await fetch(`${address}/polytag.json`)
  ).json()) as ModelInfo;
  const network = await loadLayersModel(`${address}/model.json`);
  const outputs = tidy(() => {
    const pixels = div(picture(height, width), 255);
    const images = div(sub(pixels, [...normalisation.mean]), [...normalisation.std]);
    return network.predict(reshape(images, [1, height, width, 3])) as Tensor2D;
  });
  const scores = [...scoresFromOutputs(await outputs.data(), scale, calibration)];
  outputs.dispose();
  network.dispose();
  return scores;
}
