import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';
import { engineMemory } from '../use-engine.js';
import { adamUpdate } from './adam.js';
import { ascend, exchangeValues } from './ascent.js';
import { emaUpdate } from './ema.js';
import { scaleValues } from './scale-values.js';
import { sgdUpdate } from './sgd.js';
import { addValues, writeValues } from './values.js';
import { ENGINES, normals, read, start, variable } from './variables.fixture.js';

type Weights = Record<'dense' | 'kernel' | 'depthwise' | 'slope' | 'bias', tf.Variable>;

const SHAPES: Record<keyof Weights, number[]> = {
  dense: [3, 3],
  kernel: [2, 2, 3, 3],
  depthwise: [2, 2, 3, 1],
  slope: [3],
  bias: [3],
};
const NAMES = Object.keys(SHAPES) as (keyof Weights)[];
const [PAD, STRIDE] = ['same', 1] as const;

/** tfjs's own operations whose operators the wasm backend keeps with packed weights. */
const OPERATIONS: Record<string, (rows: tf.Tensor2D, image: tf.Tensor4D, w: Weights) => tf.Tensor> = {
  matMul: (rows, _, { dense }) => tf.matMul(rows, dense),
  'fused matMul': (rows, _, { dense, bias }) => tf.fused.matMul({ a: rows, b: dense as tf.Tensor2D, bias }),
  conv2d: (_, image, { kernel }) => tf.conv2d(image, kernel as tf.Tensor4D, STRIDE, PAD),
  'fused conv2d': (_, x, { kernel, bias }) =>
    tf.fused.conv2d({
      x,
      filter: kernel as tf.Tensor4D,
      strides: STRIDE,
      pad: PAD,
      bias,
      activation: 'relu',
    }),
  depthwiseConv2d: (_, image, { depthwise }) =>
    tf.depthwiseConv2d(image, depthwise as tf.Tensor4D, STRIDE, PAD),
  'fused depthwiseConv2d': (_, x, { depthwise, bias }) =>
    tf.fused.depthwiseConv2d({
      x,
      filter: depthwise as tf.Tensor4D,
      strides: STRIDE,
      pad: PAD,
      bias,
    }),
  prelu: (rows, _, { slope }) => tf.prelu<tf.Tensor>(rows, slope),
};

const stream = new RandomStream(9);

/** Every way in which this package writes over a variable. */
const UPDATES: Record<string, (weights: readonly tf.Variable[]) => void> = {
  sgdUpdate: (weights) =>
    withCopies(weights, (gradients, state) =>
      sgdUpdate(
        weights.map((weight, i) => ({
          weight,
          gradient: gradients[i],
          velocity: state[i],
          learningRate: 0.1,
          weightDecay: 0,
          first: true,
        })),
        { momentum: 0.9, dampening: 0, nesterov: false },
      ),
    ),
  adamUpdate: (weights) =>
    withCopies(weights, (gradients, m, v) => {
      v.forEach((one) => writeValues(one, read(one).map(Math.abs)));
      adamUpdate(
        weights.map((weight, i) => ({
          weight,
          gradient: gradients[i],
          m: m[i],
          v: v[i],
          learningRate: 0.1,
          weightDecay: 0.1,
          step: 1,
        })),
        { beta1: 0.9, beta2: 0.99, epsilon: 1e-3 },
      );
    }),
  emaUpdate: (weights) =>
    withCopies(weights, (values) =>
      emaUpdate(
        weights.map((average, i) => ({ average, value: values[i] })),
        0.5,
      ),
    ),
  ascend: (weights) =>
    withCopies(weights, (gradients, before) =>
      ascend(
        weights.map((weight, i) => ({ weight, gradient: gradients[i], before: before[i] })),
        0.1,
      ),
    ),
  exchangeValues: (weights) =>
    withCopies(weights, (others) => exchangeValues(weights.map((weight, i) => [weight, others[i]]))),
  writeValues: (weights) => weights.forEach((weight) => writeValues(weight, normals(stream, weight.size))),
  addValues: (weights) => weights.forEach((weight) => void addValues(weight, normals(stream, weight.size))),
  scaleValues: (weights) => void scaleValues(weights, 0.5),
};

function withCopies(weights: readonly tf.Variable[], update: (...copies: tf.Variable[][]) => void): void {
  const drawn = [0, 1, 2].map(() => weights.map(({ size, shape }) => variable(normals(stream, size), shape)));
  update(...drawn);
  tf.dispose(drawn.flat());
}

describe.each(ENGINES)('after an update on %s', (engine) => {
  beforeAll(() => start(engine));

  // On another engine these two give other tensors in place of the variables.
  const names = Object.keys(UPDATES).filter(
    (name) => engine !== 'cpu' || !['addValues', 'scaleValues'].includes(name),
  );

  it.each(names)('stock operations compute with the values of %s', (name) => {
    const [rows, image] = [tf.randomNormal([4, 3], 0, 1, 'float32', 1), tf.randomNormal([1, 4, 4, 3])];
    const inputs = [rows as tf.Tensor2D, image as tf.Tensor4D] as const;
    const weights = Object.fromEntries(
      NAMES.map((key) => [key, variable(normals(stream, tf.util.sizeFromShape(SHAPES[key])), SHAPES[key])]),
    ) as unknown as Weights;
    const outputs = (w: Weights) =>
      Object.entries(OPERATIONS).map(([operation, run]) => [
        operation,
        tf.tidy(() => read(run(...inputs, w))),
      ]);
    // All of them at once, then each alone: an operator has two weights, and one may have moved.
    for (const moved of [NAMES, ...NAMES.map((key) => [key])]) {
      const before = outputs(weights);
      UPDATES[name](moved.map((key) => weights[key]));
      const after = outputs(weights);
      const fresh = Object.fromEntries(
        NAMES.map((key) => [key, variable(read(weights[key]), SHAPES[key])]),
      ) as unknown as Weights;
      expect(after).toEqual(outputs(fresh));
      expect(after).not.toEqual(before);
      tf.dispose(Object.values(fresh));
    }
    tf.dispose([rows, image, ...Object.values(weights)]);
  });
});

test('operators of old values are let go of: a thousand updates take no memory', async () => {
  await start('wasm, plain');
  const side = 64;
  const weight = variable(new Float32Array(side * side), [side, side]);
  const rows = tf.ones([2, side]);
  const step = () => {
    writeValues(weight, normals(stream, side * side));
    tf.matMul(rows, weight).dispose();
  };
  step();
  const { heapBytes } = engineMemory();
  // 1000 packed copies of 16 kB would be as much as the heap has.
  for (let i = 0; i < 1000; i++) step();
  expect(engineMemory().heapBytes).toBe(heapBytes);
  tf.dispose([weight, rows]);
});
