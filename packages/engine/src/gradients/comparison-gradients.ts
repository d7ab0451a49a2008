import * as tf from '@tensorflow/tfjs-core';

const COMPARISONS = [
  tf.Equal,
  tf.NotEqual,
  tf.Greater,
  tf.GreaterEqual,
  tf.Less,
  tf.LessEqual,
  tf.LogicalAnd,
  tf.LogicalOr,
  tf.LogicalNot,
];

/**
 * tfjs refuses to differentiate `where(greater(x, 0), …)`, since comparisons have no gradient there. Theirs is zero.
 */
export function registerComparisonGradients(): void {
  for (const kernelName of COMPARISONS) {
    if (tf.getGradient(kernelName)) continue;
    const inputs = kernelName === tf.LogicalNot ? ['x'] : ['a', 'b'];
    tf.registerGradient({
      kernelName,
      inputsToSave: inputs,
      gradFunc: (_dy, saved) =>
        Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i].shape, 'float32')])),
    });
  }
}
