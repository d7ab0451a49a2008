import type { TensorToStore } from '@polytag/checkpoints';

/** Channels of the stages, as residual networks have them. */
const STAGES = [64, 128, 256, 512, 1024, 2048];

/**
 * The weights of a network of residual blocks, large kernels beside short vectors, until they have so many bytes.
 * Values differ from one to the next, as those of a network do.
 */
export function sampleTensors(bytes: number): Map<string, TensorToStore> {
  const tensors = new Map<string, TensorToStore>();
  let [left, seed] = [bytes, 1];
  const add = (name: string, shape: readonly number[]) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    if (4 * size > left) return;
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      data[i] = seed * 2 ** -36;
    }
    tensors.set(name, { shape, data });
    left -= 4 * size;
  };
  for (let block = 0; left > 4 * 64 ** 2; block++) {
    const before = tensors.size;
    for (const [stage, channels] of STAGES.entries()) {
      const name = `layer${stage + 1}.${block}`;
      const inner = channels / 2;
      add(`${name}.conv1.weight`, [inner, channels, 1, 1]);
      add(`${name}.conv2.weight`, [inner, inner, 3, 3]);
      add(`${name}.conv3.weight`, [channels, inner, 1, 1]);
      for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
        add(`${name}.bn.${part}`, [channels]);
    }
    if (tensors.size === before) break;
  }
  return tensors;
}
