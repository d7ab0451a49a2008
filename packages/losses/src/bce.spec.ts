import fc from 'fast-check';
import { near, sigmoid, valueAndGradient } from './value-and-gradient.fixture.js';
import { bce, bceDefinition, binaryCrossEntropy } from './bce.js';
import { ENGINES, start } from './engines.fixture.js';

describe.each(ENGINES)('on %s', (engine) => {
  beforeAll(() => start(engine));

  // Value and gradient of single elements, computed in float64 with the authors' code.
  it.each([
    [0.3, 1, 0.554355244, -0.425557483],
    [2, 0, 2.126928011, 0.880797078],
  ])('gives the published numbers at z = %p, y = %p', (z, y, value, gradient) => {
    const got = valueAndGradient((x, t) => bce(x, t), [[z]], [[y]]);
    expect(got.value[0]).toBeCloseTo(value, 6);
    expect(got.gradient[0]).toBeCloseTo(gradient, 6);
  });

  it('is −y·ln p − (1 − y)·ln(1 − p) with gradient scale·(p − y)', () => {
    const inputs = fc.record({
      z: fc.double({ min: -5, max: 5, noNaN: true }),
      y: fc.double({ min: 0, max: 1, noNaN: true }),
      scale: fc.constantFrom(1, 3),
    });
    fc.assert(
      fc.property(inputs, ({ z, y, scale }) => {
        const p = sigmoid(scale * z);
        const got = valueAndGradient((x, t) => binaryCrossEntropy().elementwise(x, t, scale), [[z]], [[y]]);
        expect(near(got.value[0], -y * Math.log(p) - (1 - y) * Math.log(1 - p))).toBe(true);
        expect(near(got.gradient[0], scale * (p - y))).toBe(true);
      }),
    );
  });

  it('is a part named bce on logits', () => {
    expect(bceDefinition.name).toBe('bce');
    expect(bceDefinition.create(bceDefinition.options.parse({}))).toMatchObject({
      name: 'bce',
      space: 'logits',
    });
    expect(() => binaryCrossEntropy({ gammaNeg: 1 } as never)).toThrow('gammaNeg');
  });
});
