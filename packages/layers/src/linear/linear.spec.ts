import { grad, square, sum, tensor2d, tensor4d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { assignParameters } from '../parameters/assign-parameters.js';
import { AngularLinear } from './angular-linear.js';
import { Linear } from './linear.js';

beforeAll(() => useEngine('cpu'));

describe('Linear', () => {
  it.each(['linear', 'pointwise'] as const)(
    'is x·Wᵀ + b of a checkpoint in layout %s, on vectors and maps',
    (layout) => {
      const layer = new Linear({ name: 'fc', units: 2, layout });
      layer.build([null, 3]);
      const shape = layout === 'linear' ? [2, 3] : [2, 3, 1, 1];
      const report = assignParameters(layer.parameters, (key) =>
        key === 'fc.weight' ? { shape, data: [1, 2, 3, 4, 5, 6] } : { shape: [2], data: [10, 20] },
      );
      expect(report.matched).toEqual(['fc.weight', 'fc.bias']);
      const onVector = layer.apply(tensor2d([[1, 0, -1]])) as Tensor;
      expect([...onVector.dataSync()]).toEqual([8, 18]);
      const onMap = layer.apply(tensor4d([1, 0, -1, 0, 1, 0], [1, 2, 1, 3])) as Tensor;
      expect(onMap.shape).toEqual([1, 2, 1, 2]);
      expect([...onMap.dataSync()]).toEqual([8, 18, 12, 25]);
    },
  );

  it('has no bias when told so', () => {
    const layer = new Linear({ name: 'fc', units: 2, bias: false });
    layer.build([null, 3]);
    expect(layer.parameters.map(({ key }) => key)).toEqual(['fc.weight']);
  });
});

describe('AngularLinear', () => {
  const layer = () => {
    const created = new AngularLinear({ name: 'head', units: 2 });
    created.build([null, 2]);
    assignParameters(created.parameters, () => ({ shape: [2, 2], data: [3, 0, 4, 2] }));
    return created;
  };

  it('gives the cosine of feature and label direction, whatever their lengths', () => {
    const cosines = (x: number[][]) => [...(layer().apply(tensor2d(x)) as Tensor2D).dataSync()];
    // Label directions are (3, 4)/5 and (0, 1).
    [0.6, 0, 1, 0.8].forEach((expected, i) =>
      expect(
        cosines([
          [7, 0],
          [30, 40],
        ])[i],
      ).toBeCloseTo(expected, 6),
    );
    expect(cosines([[0, 0]])).toEqual([0, 0]);
  });

  it('has a gradient across the feature only: its length does not count', () => {
    const x = tensor2d([[2, 1]]);
    const head = layer();
    const [a, b] = grad((input) => sum(head.apply(input) as Tensor))(x).dataSync();
    expect(2 * a + b).toBeCloseTo(0, 6);
    expect(Math.hypot(a, b)).toBeGreaterThan(0.1);
  });

  it('starts with directions of length 1', () => {
    const fresh = new AngularLinear({ name: 'head', units: 3, seed: 2 });
    fresh.build([null, 16]);
    const lengths = sum(square(fresh.parameters[0].variable.read()), 0).dataSync();
    lengths.forEach((length) => expect(length).toBeCloseTo(1, 5));
  });
});
