import { useEngine } from '@polytag/engine';
import { rmsprop, type RmspropOptions } from './rmsprop.js';
import { afterSevenSteps } from './torch-trace.fixture.js';

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each<[RmspropOptions, number, number, number[]]>([
    [{ alpha: 0.9 }, 0.01, 0.02, [0.2968167676, -1.1653552615, 1.8518527047]],
    [{ momentum: 0, epsilon: 1e-3 }, 0.01, 0, [0.3606302943, -1.2102037249, 1.8608266132]],
  ])("%j gives PyTorch's weights", (options, learningRate, weightDecay, expected) => {
    const weights = afterSevenSteps(rmsprop(options), learningRate, weightDecay);
    weights.forEach((weight, i) => expect(weight).toBeCloseTo(expected[i], 6));
  });
});
