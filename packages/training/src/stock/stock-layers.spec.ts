import { memory, tensor, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { assignParameters, Convolution2D, exportParameters, InferenceNetwork, forward, Linear, parametersOf } from '@polytag/layers'; // prettier-ignore
import { binaryCrossEntropy } from '@polytag/losses';
import { WeightEma } from '../optimisers/weight-ema.js';
import { parameterGroups } from '../optimisers/parameter-groups.js';
import { sam } from '../optimisers/sam.js';
import { sgd } from '../optimisers/sgd.js';
import { trainStep } from '../step/train-step.js';
import { trainableModel } from '../step/trainable-model.js';

const [B, SIDE, CHANNELS, K] = [3, 6, 4, 3];
const STEPS = 3;
const name = 'own';

type Place = (x: SymbolicTensor) => SymbolicTensor;
const one =
  (layer: () => layers.Layer): Place =>
  (x) =>
    layer().apply(x) as SymbolicTensor;
/** On a sequence of 36 places instead of a map. */
const along =
  (layer: () => layers.Layer): Place =>
  (x) =>
    layer().apply(
      layers.reshape({ name: 'places', targetShape: [SIDE * SIDE, CHANNELS] }).apply(x),
    ) as SymbolicTensor;
/** On 6 rows of 24 values: recurrent layers take a step for each. */
const byRow =
  (layer: () => layers.Layer): Place =>
  (x) =>
    layer().apply(
      layers.reshape({ name: 'rows', targetShape: [SIDE, SIDE * CHANNELS] }).apply(x),
    ) as SymbolicTensor;
/** On the map and what a convolution makes of it. */
const merged =
  (layer: () => layers.Layer): Place =>
  (x) =>
    layer().apply([
      x,
      layers
        .conv2d({ name: 'other', filters: CHANNELS, kernelSize: 1, activation: 'tanh' })
        .apply(x) as SymbolicTensor,
    ]) as SymbolicTensor;
/** Of two vectors. */
const vectors =
  (layer: () => layers.Layer): Place =>
  (x) => {
    const pooled = layers.globalAveragePooling2d({ name: 'pooled', dataFormat: 'channelsLast' }).apply(x);
    const other = layers.dense({ name: 'other', units: CHANNELS, activation: 'tanh' }).apply(pooled);
    return layer().apply([pooled, other] as SymbolicTensor[]) as SymbolicTensor;
  };

/** What heads and backbones are made of, from a map [B, 6, 6, 4]. */
const STOCK: Record<string, Place> = {
  dense: one(() => layers.dense({ name, units: 5, activation: 'relu' })),
  'dense without bias': one(() => layers.dense({ name, units: 5, useBias: false })),
  'dense on vectors': (x) =>
    layers.dense({ name, units: 5, activation: 'relu6' }).apply(layers.flatten({ name: 'flat' }).apply(x)) as SymbolicTensor, // prettier-ignore
  conv2d: one(() => layers.conv2d({ name, filters: 5, kernelSize: 3, padding: 'same', activation: 'relu' })),
  'conv2d, strides 2': one(() => layers.conv2d({ name, filters: 5, kernelSize: 3, strides: 2 })),
  'conv2d, strides that differ': one(() =>
    layers.conv2d({ name, filters: 5, kernelSize: [3, 2], strides: [1, 2], padding: 'same' }),
  ),
  conv1d: along(() => layers.conv1d({ name, filters: 5, kernelSize: 3, activation: 'relu' })),
  'conv1d, strides 2': along(() =>
    layers.conv1d({ name, filters: 5, kernelSize: 3, strides: 2, padding: 'same' }),
  ),
  conv2dTranspose: one(() =>
    layers.conv2dTranspose({ name, filters: 5, kernelSize: 3, strides: 2, padding: 'same' }),
  ),
  separableConv2d: one(() =>
    layers.separableConv2d({ name, filters: 5, kernelSize: 3, depthMultiplier: 2, activation: 'relu' }),
  ),
  depthwiseConv2d: one(() => layers.depthwiseConv2d({ name, kernelSize: 3, padding: 'same' })),
  'depthwiseConv2d, multiplier and strides': one(() =>
    layers.depthwiseConv2d({ name, kernelSize: 3, depthMultiplier: 3, strides: 2, activation: 'elu' }),
  ),
  conv3d: (x) =>
    layers
      .conv3d({ name, filters: 3, kernelSize: 2 })
      .apply(layers.reshape({ name: 'cube', targetShape: [3, 4, 4, 3] }).apply(x)) as SymbolicTensor,
  batchNormalization: one(() => layers.batchNormalization({ name, momentum: 0.8 })),
  'batchNormalization on vectors': (x) =>
    layers.batchNormalization({ name }).apply(layers.flatten({ name: 'flat' }).apply(x)) as SymbolicTensor,
  layerNormalization: one(() => layers.layerNormalization({ name })),
  prelu: one(() => layers.prelu({ name })),
  'prelu, one slope a channel': one(() => layers.prelu({ name, sharedAxes: [1, 2] })),
  'prelu, one slope a place': one(() => layers.prelu({ name, sharedAxes: [3] })),
  'prelu, one slope': one(() => layers.prelu({ name, sharedAxes: [1, 2, 3] })),
  leakyReLU: one(() => layers.leakyReLU({ name, alpha: 0.2 })),
  elu: one(() => layers.elu({ name })),
  reLU: one(() => layers.reLU({ name, maxValue: 6 })),
  thresholdedReLU: one(() => layers.thresholdedReLU({ name, theta: 0.1 })),
  softmax: one(() => layers.softmax({ name, axis: -1 })),
  maxPooling2d: one(() => layers.maxPooling2d({ name, poolSize: 2 })),
  'maxPooling2d that overlaps': one(() =>
    layers.maxPooling2d({ name, poolSize: 3, strides: 2, padding: 'same' }),
  ),
  averagePooling2d: one(() => layers.averagePooling2d({ name, poolSize: 3, strides: 2, padding: 'same' })),
  maxPooling1d: along(() => layers.maxPooling1d({ name, poolSize: 2 })),
  averagePooling1d: along(() => layers.averagePooling1d({ name, poolSize: 2 })),
  globalAveragePooling2d: one(() => layers.globalAveragePooling2d({ name, dataFormat: 'channelsLast' })),
  globalMaxPooling2d: one(() => layers.globalMaxPooling2d({ name, dataFormat: 'channelsLast' })),
  globalAveragePooling1d: along(() => layers.globalAveragePooling1d({ name })),
  globalMaxPooling1d: along(() => layers.globalMaxPooling1d({ name })),
  'upSampling2d, nearest': one(() => layers.upSampling2d({ name, size: [2, 2] })),
  'upSampling2d, bilinear': one(() => layers.upSampling2d({ name, size: [2, 2], interpolation: 'bilinear' })),
  zeroPadding2d: one(() => layers.zeroPadding2d({ name, padding: [1, 2] })),
  cropping2d: one(() => layers.cropping2D({ name, cropping: [[1, 1], [0, 2]] })), // prettier-ignore
  flatten: one(() => layers.flatten({ name })),
  reshape: one(() => layers.reshape({ name, targetShape: [9, 16] })),
  permute: one(() => layers.permute({ name, dims: [3, 1, 2] })),
  repeatVector: (x) =>
    layers.repeatVector({ name, n: 3 }).apply(layers.flatten({ name: 'flat' }).apply(x)) as SymbolicTensor,
  add: merged(() => layers.add({ name })),
  multiply: merged(() => layers.multiply({ name })),
  average: merged(() => layers.average({ name })),
  maximum: merged(() => layers.maximum({ name })),
  minimum: merged(() => layers.minimum({ name })),
  concatenate: merged(() => layers.concatenate({ name })),
  'dot, of products': vectors(() => layers.dot({ name, axes: 1 })),
  'dot, of cosines': vectors(() => layers.dot({ name, axes: 1, normalize: true })),
  dropout: one(() => layers.dropout({ name, rate: 0.4, seed: 3 })),
  timeDistributed: byRow(() =>
    layers.timeDistributed({ name, layer: layers.dense({ name: 'each', units: 5, activation: 'relu' }) }),
  ),
  simpleRNN: byRow(() => layers.simpleRNN({ name, units: 4 })),
  lstm: byRow(() => layers.lstm({ name, units: 4 })),
  gru: byRow(() => layers.gru({ name, units: 4, returnSequences: true })),
  bidirectional: byRow(() =>
    layers.bidirectional({ name, layer: layers.lstm({ units: 3 }) as layers.RNN, mergeMode: 'concat' }),
  ),
  ...Object.fromEntries(
    ['sigmoid', 'tanh', 'softplus', 'softsign', 'hardSigmoid', 'selu', 'swish', 'gelu', 'gelu_new', 'mish'].map(
      (activation) => [activation, one(() => layers.activation({ name, activation: activation as 'relu' }))],
    ),
  ), // prettier-ignore
};

/** A convolution of ours, the stock layer, and a linear map of ours. */
function network(place: Place): LayersModel {
  const image = input({ shape: [SIDE, SIDE, 3] });
  const stem = new Convolution2D({ name: 'stem', filters: CHANNELS, kernelSize: 3 }).apply(image);
  const placed = place(stem as SymbolicTensor);
  const flat =
    placed.shape.length > 2 ? (layers.flatten({ name: 'end' }).apply(placed) as SymbolicTensor) : placed;
  return model({
    inputs: image,
    outputs: new Linear({ name: 'fc', units: K }).apply(flat) as SymbolicTensor,
  });
}

const normals = (key: string, size: number) => {
  const stream = new RandomStream(11, key);
  return Float32Array.from({ length: size }, () => stream.normal());
};

/** The same weights on every engine, whatever a layer begins with. */
function draw(whole: LayersModel): void {
  for (const { key, variable } of parametersOf(whole)) {
    const shape = variable.shape as number[];
    const values = normals(key, shape.reduce((a, b) => a * b, 1)).map((v) => (key.endsWith('variance') ? 1 + v * v : 0.4 * v)); // prettier-ignore
    const drawn = tensor(values, shape);
    variable.write(drawn);
    drawn.dispose();
  }
}

interface Trained {
  readonly losses: number[];
  readonly own: Float32Array;
  readonly averaged: Float32Array;
  readonly reloaded: Float32Array;
  readonly folded: Float32Array;
  readonly moved: boolean;
  readonly leaked: number;
}

async function trained(place: Place): Promise<Trained> {
  const whole = network(place);
  draw(whole);
  const parameters = parametersOf(whole);
  const before = await exportParameters(parameters);
  const average = new WeightEma(parameters, 0.5);
  const optimiser = sam(sgd()).bind(parameterGroups(parameters, { weightDecay: 1e-3 }));
  const model = trainableModel({
    forward: (images, call) => forward(whole, images, call) as Tensor2D,
    scale: 1,
    optimiser,
  });
  const batch = {
    inputs: normals('images', B * SIDE * SIDE * 3),
    shape: [B, SIDE, SIDE, 3],
    targets: normals('targets', B * K).map((v) => Number(v > 0)),
  };
  const images = tensor(batch.inputs, batch.shape);
  const outputs = (of: LayersModel) => {
    const y = of.apply(images, { training: false }) as Tensor;
    const values = y.dataSync<'float32'>().slice();
    y.dispose();
    return values;
  };
  const losses: number[] = [];
  let tensors = 0;
  for (let step = 0; step < STEPS; step++) {
    const [{ loss }] = await trainStep([model], batch, {
      loss: binaryCrossEntropy(),
      reduction: 'mean',
      learningRate: 0.2,
      step,
    });
    losses.push(loss);
    average.update();
    if (step === 1) tensors = memory().numTensors;
    // As after every epoch: what evaluation leaves behind must not be what training goes on with.
    outputs(whole);
  }
  const leaked = memory().numTensors - tensors;
  const own = outputs(whole);
  let averaged = own;
  await average.inModel(async () => void (averaged = outputs(whole)));
  const state = await exportParameters(parameters);
  const again = network(place);
  assignParameters(parametersOf(again), (key) => state.get(key));
  const folding = new InferenceNetwork(again);
  const [folded] = folding.apply(images);
  const result = { losses, own, averaged, reloaded: outputs(again), folded: folded.dataSync<'float32'>().slice(), leaked }; // prettier-ignore
  const moved = [...state].every(([key, { data }]) => data.some((v, i) => v !== before.get(key)!.data[i]));
  folding.dispose();
  folded.dispose();
  average.dispose();
  optimiser.dispose();
  [whole, again].forEach((each) => each.dispose());
  images.dispose();
  return { ...result, moved };
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]) / Math.max(1, Math.abs(b[i]))), 0); // prettier-ignore

it.each(Object.keys(STOCK))('%s', async (layer) => {
  await useEngine('cpu');
  const expected = await trained(STOCK[layer]);
  await useEngine('wasm');
  const got = await trained(STOCK[layer]);
  for (const { losses, own, reloaded, folded, moved, leaked } of [expected, got]) {
    expect(losses[STEPS - 1]).toBeLessThan(losses[0]);
    expect(moved).toBe(true);
    expect(reloaded).toEqual(own);
    expect(distance(folded, own)).toBeLessThan(1e-5);
    expect(leaked).toBe(0);
  }
  expect(distance(got.losses, expected.losses)).toBeLessThan(1e-4);
  expect(distance(got.own, expected.own)).toBeLessThan(1e-4);
  expect(distance(got.averaged, expected.averaged)).toBeLessThan(1e-4);
});
