import { add, eye, mul, pow, reshape, sub, sum, tidy, transpose, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LabelMatrix } from '@polytag/core';

export interface AdjacencyOptions {
  /** Threshold τ: two labels are connected if their co-occurrence is at least this. */
  readonly tau: number;
  /** Weight of all neighbours together, relative to the label itself. 0: the binary matrix without the diagonal. */
  readonly rho: number;
}

/**
 * Label graph from co-occurrence (Chen et al., "Multi-Label Image Recognition with Graph Convolutional Networks",
 * 2019, with the authors' weights; docs/method.md#adjacency): Ā[i,j] = 1 where M[i,j] >= τ, then A = ρ·Ā / (column
 * sums of Ā + 1e-6) + I.
 *
 * @param cooccurrence M, [K, K]
 * @returns A, [K, K]
 */
export function labelAdjacency(cooccurrence: LabelMatrix, { tau, rho }: AdjacencyOptions): LabelMatrix {
  const { rows, columns, values } = cooccurrence;
  // M is stored in float32: a ratio equal to τ must stay equal to it.
  const threshold = Math.fround(tau);
  const joined = Float32Array.from(values, (value) => (value >= threshold ? 1 : 0));
  if (rho === 0) return { rows, columns, values: joined };
  const sums = new Float64Array(columns);
  joined.forEach((value, i) => (sums[i % columns] += value));
  const weighted = joined.map((value, i) => {
    const column = i % columns;
    const itself = column === Math.floor(i / columns) ? 1 : 0;
    return (value * rho) / (sums[column] + 1e-6) + itself;
  });
  return { rows, columns, values: weighted };
}

/**
 * Symmetric normalisation as in the authors' code (docs/method.md#adjacency): Â[i,j] = d[i]·A[j,i]·d[j] with d = (row
 * sums of A)^(−1/2). Note the transpose. A row of zeros gives infinities; with ρ > 0 there are none.
 *
 * @param adjacency A, [K, K]
 * @returns Â, [K, K]
 */
export function normaliseAdjacency(adjacency: Tensor2D): Tensor2D {
  return tidy(() => {
    // The diagonal is added last: small weights summed onto a 1, one by one, lose digits in float32.
    const neighbours = sum(sub(adjacency, eye(adjacency.shape[0])), 1, true);
    const degree = pow(add(neighbours, 1), -0.5);
    return mul(mul(degree, transpose(adjacency)), reshape(degree, [1, -1])) as Tensor2D;
  });
}
