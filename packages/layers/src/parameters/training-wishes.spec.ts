import {
  constraints,
  input,
  layers,
  model,
  regularizers,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { useEngine } from '@polytag/engine';
import { trainingWishes } from './training-wishes.js';

beforeAll(() => useEngine('cpu'));

const kernelRegularizer = regularizers.l2({ l2: 0.1 });
const kernelConstraint = constraints.nonNeg();
const inner = (): layers.Layer =>
  sequential({ layers: [layers.dense({ name: 'inside', units: 2, kernelRegularizer, inputShape: [4, 6] })] });

it.each<[string, () => layers.Layer, string[]]>([
  ['none', () => layers.dense({ name: 'own', units: 2 }), []],
  ['batch norm', () => layers.batchNormalization({ name: 'own' }), []],
  ['of a kernel', () => layers.dense({ name: 'own', units: 2, kernelRegularizer }), ['own: a regulariser']],
  [
    'of a bias',
    () => layers.dense({ name: 'own', units: 2, biasConstraint: constraints.maxNorm({}) }),
    ['own: a constraint'],
  ],
  [
    'both',
    () => layers.conv1d({ name: 'own', filters: 2, kernelSize: 2, kernelRegularizer, kernelConstraint }),
    ['own: a regulariser', 'own: a constraint'],
  ],
  [
    'of a cell',
    () => layers.lstm({ name: 'own', units: 2, recurrentConstraint: kernelConstraint }),
    ['own: a constraint'],
  ],
  [
    'in a wrapper',
    () =>
      layers.timeDistributed({
        name: 'own',
        layer: layers.dense({ name: 'each', units: 2, kernelRegularizer }),
      }),
    ['each: a regulariser'],
  ],
  ['in a model', inner, ['inside: a regulariser']],
])('finds what layers ask of training: %s', (_, make, expected) => {
  const map = input({ shape: [4, 6] });
  const network = model({ inputs: map, outputs: make().apply(map) as SymbolicTensor });
  const found = new Set(trainingWishes(network).map(({ layer, wish }) => `${layer}: ${wish}`));
  // A recurrent layer lists the weights of its cell as its own.
  for (const each of expected) expect(found).toContain(each);
  expect(found.size > 0).toBe(expected.length > 0);
  network.dispose();
});
