import { basename, dirname, relative, resolve } from 'node:path';

/**
 * The config of `fit --train … --val …`: a MobileNetV3-Small with a linear angular head from random
 * weights. `init` writes the same as a file to go on from.
 */
export function configForLabelFiles(train: string, val: string | undefined): Record<string, unknown> {
  const root = resolve(dirname(train));
  return {
    data: { root, train: basename(train), val: val === undefined ? null : relative(root, resolve(val)) },
    model: {
      backbone: { name: 'mobilenet-v3-small' },
      head: { name: 'linear', options: { space: 'cosines', scale: 23 } },
    },
    loss: { name: 'aam-asl' },
    training: {
      epochs: 30,
      learningRate: 0.02,
      schedule: { name: 'one-cycle' },
      sam: false,
      ema: { decay: 0.99 },
    },
  };
}
