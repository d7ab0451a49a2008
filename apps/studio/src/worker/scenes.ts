import { drawScene } from '@polytag/datasets/scenes';
import type { Answers, CallContext, Requests } from './protocol.ts';

/** Scenes that the example model has not learned from: their series is another one. */
const SEED = 77;
const SIZE = 160;

/** Built-in scenes as files, with the labels that they have. */
export async function drawScenes(
  { count }: Requests['scenes'],
  { report }: CallContext,
): Promise<Answers['scenes']> {
  const scenes: { name: string; blob: Blob; labels: readonly string[] }[] = [];
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const { pixels, labels } = drawScene({ seed: SEED, index, size: SIZE });
    const rgba = new Uint8ClampedArray(SIZE * SIZE * 4).fill(255);
    for (let i = 0; i < SIZE * SIZE; i++) rgba.set(pixels.subarray(3 * i, 3 * i + 3), 4 * i);
    const canvas = new OffscreenCanvas(SIZE, SIZE);
    canvas.getContext('2d')!.putImageData(new ImageData(rgba, SIZE, SIZE), 0, 0);
    const name = `scene-${String(index).padStart(4, '0')}.png`;
    scenes.push({
      name,
      blob: await canvas.convertToBlob({ type: 'image/png' }),
      labels: [...new Set(labels)],
    });
    const secondsLeft = ((performance.now() - start) / 1000 / (index + 1)) * (count - index - 1);
    if (index % 16 === 15) report({ kind: 'images', done: index + 1, total: count, secondsLeft });
  }
  return scenes;
}
