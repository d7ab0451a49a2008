import { memory } from '@tensorflow/tfjs-core';
import { benchModel } from './bench-model.js';
import { Workload } from './workload.js';

const small = { model: 'mobilenet-v3-small', batch: 2, size: 32, steps: 1, labels: 20 } as const;

describe('our side', () => {
  it('really trains: on one batch over and over the loss falls', async () => {
    const workload = await Workload.prepare({ ...small, mode: 'train' });
    const losses = [];
    for (let i = 0; i < 4; i++) losses.push(await workload.step());
    expect(losses[3]).toBeLessThan(losses[0]);
    workload.dispose();
  });

  it.each(['train', 'eval'] as const)('leaves no tensors behind a step of %s', async (mode) => {
    const workload = await Workload.prepare({ ...small, mode });
    await workload.warmUp();
    const before = memory().numTensors;
    await workload.step();
    expect(memory().numTensors).toBe(before);
    workload.dispose();
  });

  // Parameters of torchvision 0.14's networks with num_classes=20, without buffers.
  it.each([
    ['mobilenet-v3-small', 1_538_356],
    ['mobilenet-v3-large', 4_227_652],
    ['efficientnet-v2-s', 20_203_108],
  ] as const)('%s has as many weights as the network that the peer builds', async (model, expected) => {
    const built = await benchModel({ ...small, model }, { initialWeights: false });
    const weights = built.parameters.filter(({ buffer }) => !buffer);
    expect(weights.reduce((sum, { variable }) => sum + variable.read().size, 0)).toBe(expected);
    built.dispose();
  });
});
