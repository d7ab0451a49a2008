/**
 * Scores of an exported model, whose outputs are probabilities; with those of the mirror images the mean of both. A calibration
 * is within the exported network, so that here probabilities that are calibrated are averaged.
 */
export function meanScores(outputs: ArrayLike<number>, mirrored?: ArrayLike<number>): Float64Array {
  return Float64Array.from(outputs, (score, i) => (mirrored ? (score + mirrored[i]) / 2 : score));
}
