import * as tf from '@tensorflow/tfjs-core';
import { activate } from './activation.js';
import { expectShape } from './expect-shape.js';
import { operationKernel } from './kernel.js';

export const graphAttentionKernel = operationKernel<
  { from: tf.Tensor2D; to: tf.Tensor2D; adjacency: tf.Tensor2D },
  { slope: number },
  tf.Tensor2D
>('PolytagGraphAttention');

/** Score of two nodes that are not joined: its exponential is 0. */
const NOT_JOINED = -9e15;

/**
 * Attention coefficients of a graph (Veličković et al., 2018, equation 3): softmax over j of LeakyReLU(from[i] + to[j])
 * where adjacency[i, j] is above 0, whose values count for nothing else. A row that joins nothing is uniform.
 *
 * @param from [K, 1], what a node adds to its own scores
 * @param to [K, 1], what it adds to those of the nodes that look at it
 * @param adjacency [K, K]; receives no gradient
 * @returns [K, K]
 */
export function graphAttentionCoefficients(
  from: tf.Tensor2D,
  to: tf.Tensor2D,
  adjacency: tf.Tensor2D,
  {
    slope = 0.2,
  }: {
    /** Of leaky ReLU. Default 0.2. */
    readonly slope?: number;
  } = {},
): tf.Tensor2D {
  const [nodes] = adjacency.shape;
  expectShape('graphAttentionCoefficients', 'adjacency', adjacency, [nodes, nodes]);
  expectShape('graphAttentionCoefficients', 'from', from, [nodes, 1]);
  expectShape('graphAttentionCoefficients', 'to', to, [nodes, 1]);
  if (graphAttentionKernel.isAvailable()) return graphAttentionKernel.run({ from, to, adjacency }, { slope });
  return tf.tidy(() => {
    const scores = activate(tf.add(from, tf.transpose(to)), 'leaky-relu', { slope });
    const joined = tf.where(tf.greater(adjacency, 0), scores, tf.fill(scores.shape, NOT_JOINED));
    return tf.softmax(joined) as tf.Tensor2D;
  });
}
