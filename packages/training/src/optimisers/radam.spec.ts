import { useEngine } from '@polytag/engine';
import { radam, type RAdamOptions } from './radam.js';
import { afterSevenSteps } from './torch-trace.fixture.js';

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  // Both have five plain steps and two rectified ones.
  it.each<[RAdamOptions, number, number, number[]]>([
    [{}, 0.01, 0.02, [0.4931242379, -1.2389419487, 2.0008021593]],
    [{ beta1: 0.8, beta2: 0.9, epsilon: 1e-3 }, 0.05, 0, [0.4613636225, -1.2080006418, 2.0011172624]],
  ])("%j gives PyTorch's weights", (options, learningRate, weightDecay, expected) => {
    const weights = afterSevenSteps(radam(options), learningRate, weightDecay);
    weights.forEach((weight, i) => expect(weight).toBeCloseTo(expected[i], 6));
  });
});
