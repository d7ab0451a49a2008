import { keep, scalar } from '@tensorflow/tfjs-core';
import { footprints, sameSize } from './footprint.js';
import { Workload } from './workload.js';

const work = {
  model: 'mobilenet-v3-small',
  mode: 'train',
  batch: 2,
  size: 32,
  steps: 1,
  labels: 20,
} as const;

describe('what steps leave behind', () => {
  it('tensors and heap after 30 training steps are those after 5', async () => {
    const workload = await Workload.prepare(work);
    const [early, late] = await footprints(workload, 5, 30);
    expect(late).toEqual({ ...early, step: 30 });
    expect(sameSize([early, late])).toBe(true);
    workload.dispose();
  });

  it('a tensor that a step forgets is seen', async () => {
    const workload = await Workload.prepare({ ...work, mode: 'eval' });
    const forgotten = scalar(0);
    const both = await footprints(workload, 1, 2, (step) => {
      if (step === 2) keep(forgotten.clone());
    });
    expect(sameSize(both)).toBe(false);
    expect(both[1].tensors).toBe(both[0].tensors + 1);
    workload.dispose();
  });
});
