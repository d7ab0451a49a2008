import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';
import { addResidual } from '@polytag/ops';
import { BUILDS, expectAgreement, prepare, normal } from '../agreement.fixture.js';

describe.each(BUILDS)('addResidual with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test.each([[[1]], [[1, 1, 1, 3]], [[2, 3, 5, 7]], [[1, 9, 9, 16]]])('agrees on %j', async (shape) => {
    const stream = new RandomStream(10);
    await expectAgreement(stream, addResidual, [normal(stream, shape), normal(stream, shape)], {
      differences: true,
    });
  });

  test('a feature map can be added to itself', async () => {
    const stream = new RandomStream(11);
    await expectAgreement(stream, (x) => addResidual(x, x), [normal(stream, [2, 5])], { differences: true });
  });

  test('another shape is refused, not broadcast', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const code = expect.objectContaining({ code: 'usage/shape' });
      expect(() => addResidual(tf.zeros([2, 3]), tf.zeros([1, 3]))).toThrow(code);
    });
  });
});
