import { backend_util } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { outputSize, resolvePadding } from './padding.js';

const size = fc.integer({ min: 1, max: 40 });
const stride = fc.integer({ min: 1, max: 4 });

it('`same` is the rule of TensorFlow', () => {
  fc.assert(
    fc.property(
      size,
      size,
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 7 }),
      stride,
      (h, w, kh, kw, s) => {
        const { padInfo } = backend_util.computeConv2DInfo([1, h, w, 1], [kh, kw, 1, 1], s, 1, 'same');
        const { top, bottom, left, right } = padInfo;
        expect(resolvePadding('same', [h, w], [kh, kw], s)).toEqual({ top, bottom, left, right });
      },
    ),
  );
});

it('`symmetric` keeps the size at stride 1 for odd kernels', () => {
  fc.assert(
    fc.property(size, size, fc.constantFrom(1, 3, 5, 7), (h, w, k) => {
      const { top, bottom, left, right } = resolvePadding('symmetric', [h, w], [k, k], 1);
      expect([outputSize(h, k, 1, top, bottom), outputSize(w, k, 1, left, right)]).toEqual([h, w]);
      expect([top, left]).toEqual([bottom, right]);
    }),
  );
});
