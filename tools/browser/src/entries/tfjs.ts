/** What a page needs for a model that was exported for TensorFlow.js: that, and the layers of Polytag. */
import {
  browser,
  div,
  expandDims,
  loadLayersModel,
  setBackend,
  sigmoid,
  sub,
  mul,
  type Tensor,
} from '@tensorflow/tfjs';
import '@polytag/layers';
import type { ModelInfo } from '@polytag/export';

/** Labels and scores of a photograph of the model's size. */
async function scoresOf(address: string, photograph: string): Promise<[string, number][]> {
  await setBackend('cpu');
  const info = (await (await fetch(`${address}/polytag.json`)).json()) as ModelInfo;
  const network = await loadLayersModel(`${address}/model.json`);
  const { createImageBitmap } = globalThis as unknown as { createImageBitmap(blob: Blob): Promise<never> };
  const pixels = browser.fromPixels(await createImageBitmap(await (await fetch(photograph)).blob()));
  const { mean, std } = info.normalisation;
  const images = expandDims(div(sub(div(pixels, 255), [...mean]), [...std]));
  const scores = await sigmoid(mul(info.scale, network.predict(images) as Tensor)).data();
  return info.labels.map((label, k) => [label, scores[k]]);
}

Object.assign(globalThis, { scoresOf });
