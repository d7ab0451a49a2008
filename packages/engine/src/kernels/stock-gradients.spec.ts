import * as tf from '@tensorflow/tfjs-core';
import { deviations, uniform, type Operation } from '../agreement.fixture.js';
import { useEngine } from '../use-engine.js';

/** What losses and heads compose from stock operations; each must differentiate on wasm as on cpu. */
const composed: Record<string, Operation> = {
  'log-sigmoid and powers': (x: tf.Tensor) => tf.mul(tf.pow(tf.sigmoid(x), 3), tf.softplus(tf.neg(x))),
  'clip and log': (x: tf.Tensor) => tf.log(tf.clipByValue(tf.add(x, 1), 0.05, 1.5)),
  'where on a comparison': (x: tf.Tensor) => tf.where(tf.greater(x, 0), tf.square(x), tf.mul(x, 0.5)),
  'maximum and minimum': (x: tf.Tensor) => tf.maximum(tf.minimum(x, 0.3), -0.2),
  'max and min over an axis': (x: tf.Tensor) => tf.sub(tf.max(x, 1, true), tf.min(x, 1, true)),
  'sum, mean and division': (x: tf.Tensor) => tf.div(tf.sum(x, 1), tf.add(tf.mean(tf.abs(x), 1), 1)),
  'log-sum-exp': (x: tf.Tensor) => tf.logSumExp(x, 1),
  'log-softmax': (x: tf.Tensor) => tf.logSoftmax(x),
  'gather of rows': (x: tf.Tensor) => tf.gather(x, tf.tensor1d([3, 0, 3, 3], 'int32')),
  'gather of columns': (x: tf.Tensor) => tf.gather(x, tf.tensor1d([4, 1, 1], 'int32'), 1),
  'slice, concat and stack': (x: tf.Tensor) =>
    tf.stack([tf.concat([tf.slice(x, [1, 0], [2, 5]), x], 0), tf.ones([6, 5])]),
  'transpose, tile and pad': (x: tf.Tensor) =>
    tf.pad(tf.tile(tf.transpose(x), [2, 1]), [
      [1, 0],
      [0, 2],
    ]),
  'arc cosine': (x: tf.Tensor) => tf.acos(tf.mul(x, 0.9)),
  'broadcast subtraction': (x: tf.Tensor) => tf.square(tf.sub(tf.expandDims(x, 1), tf.expandDims(x, 0))),
};

it.each(Object.entries(composed))('%s', async (_name, operation) => {
  expect(await deviations('plain', operation, [uniform('x', [4, 5])])).toBeLessThan(1e-5);
});

describe('stock convolutions', () => {
  it.each([
    ['same', 1],
    ['same', 2],
    ['valid', 2],
    [1, 1],
  ] as const)('padding %s, stride %d', async (padding, stride) => {
    const x = uniform('x', [2, 6, 5, 3]);
    const dense = (image: tf.Tensor4D, w: tf.Tensor4D) =>
      tf.conv2d(image, w, stride, padding, 'NHWC', 1, padding === 1 ? 'floor' : undefined);
    const depthwise = (image: tf.Tensor4D, w: tf.Tensor4D) =>
      tf.depthwiseConv2d(image, w, stride, padding, 'NHWC', 1, padding === 1 ? 'floor' : undefined);
    expect(await deviations('plain', dense, [x, uniform('w', [3, 3, 3, 4])])).toBeLessThan(1e-5);
    expect(await deviations('plain', depthwise, [x, uniform('w', [3, 3, 3, 1])])).toBeLessThan(1e-5);
  });

  it.each([
    [[1, 2], 'same'],
    [[2, 1], 'valid'],
    [[3, 2], 'same'],
    [[1, 3], 'valid'],
  ] as const)('strides %j, padding %s', async (strides, padding) => {
    const x = uniform('x', [2, 7, 6, 3]);
    const dense = (image: tf.Tensor4D, w: tf.Tensor4D) => tf.conv2d(image, w, [...strides], padding);
    expect(await deviations('plain', dense, [x, uniform('w', [3, 2, 3, 4])])).toBeLessThan(1e-5);
  });

  it.each([
    [1, 'same', 2],
    [2, 'valid', 3],
    [1, 1, 4],
  ] as const)('stride %d, padding %s, %d filters for each channel', async (stride, padding, filters) => {
    const x = uniform('x', [2, 7, 6, 3]);
    const rounding = padding === 1 ? 'floor' : undefined;
    const depthwise = (image: tf.Tensor4D, w: tf.Tensor4D) =>
      tf.depthwiseConv2d(image, w, stride, padding, 'NHWC', 1, rounding);
    expect(await deviations('plain', depthwise, [x, uniform('w', [3, 3, 3, filters])])).toBeLessThan(1e-5);
  });

  it('along one axis, with a stride', async () => {
    const along = (x: tf.Tensor3D, w: tf.Tensor3D) => tf.conv1d(x, w, 2, 'same');
    expect(await deviations('plain', along, [uniform('x', [2, 9, 3]), uniform('w', [3, 3, 4])])).toBeLessThan(
      1e-5,
    );
  });

  it('says which layout has no gradient', async () => {
    await useEngine('wasm');
    const [x, dy] = [tf.ones([1, 2, 6, 6]), tf.ones([1, 2, 4, 4])] as tf.Tensor4D[];
    const attributes = { strides: 1, pad: 'valid', dataFormat: 'NCHW', filterShape: [3, 3, 2, 2] };
    expect(() =>
      tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, attributes as unknown as tf.NamedAttrMap),
    ).toThrow(expect.objectContaining({ code: 'engine/missing', hint: expect.stringContaining('NHWC') }));
  });
});
