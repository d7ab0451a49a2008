import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { graphAttentionCoefficients } from '@polytag/ops';
import { BUILDS, evaluateOn, expectAgreement, prepare, normal } from '../agreement.fixture.js';

/** Of two columns; the graph is a constant. */
const coefficients =
  (edges: Float32Array, slope = 0.2) =>
  (...[from, to]: tf.Tensor[]) =>
    tf.tidy(() => {
      const adjacency = tf.tensor2d(edges, [from.shape[0], from.shape[0]]);
      return graphAttentionCoefficients(from as tf.Tensor2D, to as tf.Tensor2D, adjacency, { slope });
    });

/** Edge weights, of which a share is 0 or below. */
function graph(stream: RandomStream, nodes: number, joined: number): Float32Array {
  return Float32Array.from({ length: nodes * nodes }, () =>
    stream.uniform() < joined ? 0.1 + stream.uniform() : -Math.round(stream.uniform()),
  );
}

describe.each(BUILDS)('graphAttentionCoefficients with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test('agree with the composed operations and with finite differences', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 19 }),
        fc.constantFrom(0, 0.2, 1),
        fc.constantFrom(0.05, 0.2),
        async (seed, nodes, joined, slope) => {
          const stream = new RandomStream(seed);
          const operation = coefficients(graph(stream, nodes, joined), slope);
          const inputs = [normal(stream, [nodes, 1], 2), normal(stream, [nodes, 1], 2)];
          // Away from the kink no difference steps over it: sums are at least 0.05 from 0.
          const [from, to] = inputs.map(({ values }) => values);
          const clear = from.every((f) => to.every((t) => Math.abs(f + t) > 0.05));
          await expectAgreement(stream, operation, inputs, { differences: clear });
        },
      ),
      { numRuns: 25, seed: 41 },
    );
  });

  test('of many nodes, more than one block of rows', async () => {
    const stream = new RandomStream(42);
    const operation = coefficients(graph(stream, 131, 0.3));
    await expectAgreement(stream, operation, [normal(stream, [131, 1]), normal(stream, [131, 1])]);
  });

  test.each(['wasm', 'cpu'] as const)(
    'without an edge a row is uniform and has no gradient, on %s',
    async (engine) => {
      const stream = new RandomStream(43);
      const operation = coefficients(Float32Array.of(1, 1, 1, 0, 0, 0, 0, 1, 0));
      const samples = [normal(stream, [3, 1]), normal(stream, [3, 1])];
      const { value, gradients } = await evaluateOn(engine, operation, samples, (shape) =>
        normal(stream, shape),
      );
      Array.from(value.slice(3, 6)).forEach((share) => expect(share).toBeCloseTo(1 / 3, 6));
      expect(Array.from(value.slice(6))).toEqual([0, 1, 0]);
      expect(gradients[0][1]).toBeCloseTo(0, 12);
    },
  );

  test('a graph of another size is refused', () => {
    const [from, adjacency] = [tf.zeros([2, 1]) as tf.Tensor2D, tf.zeros([3, 3]) as tf.Tensor2D];
    expect(() => graphAttentionCoefficients(from, from, adjacency)).toThrow(
      expect.objectContaining({ code: 'usage/shape' }),
    );
    tf.dispose([from, adjacency]);
  });
});
