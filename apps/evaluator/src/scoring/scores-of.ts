import type { MultiLabelModel } from '@polytag/model';

/**
 * Probabilities of raw outputs, row-major; with those of the mirror images the mean of both.
 *
 * @throws DivergenceError `model/not-a-number`
 */
export function scoresOf(
  model: Pick<MultiLabelModel, 'scores'>,
  outputs: Float32Array,
  mirrored?: Float32Array,
): Float64Array {
  const scores = model.scores(outputs);
  if (!mirrored) return scores;
  const others = model.scores(mirrored);
  for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] + others[i]) / 2;
  return scores;
}
