import { grad, sum, tensor2d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { PartError, partTitle, type Loss } from '@polytag/core';
import { lossElements, lossInEpoch, lossOfBatch } from './loss-value.js';

/** Outputs of a head as they are at first, and beyond, for either space. */
const OUTPUTS = { logits: [-2, -0.3, 0.4, 1.7], cosines: [-0.6, -0.1, 0.2, 0.7] };
const ROWS = 4;
/** Rounding of float32. */
const BELOW = -1e-6;

/**
 * Tries a loss on a few outputs of a head before a run relies on it: its values, and that its gradient leads down. The
 * checks of `@polytag/testing` go further.
 *
 * @param labels K
 * @param scale the head's
 * @throws PartError `part/threw`, `part/promise`, `part/shape`, `part/loss` for values below 0, NaN or infinite,
 *   `part/no-gradient`
 */
export function checkLoss(given: Loss, { labels, scale }: { labels: number; scale: number }): void {
  const loss = lossInEpoch(given, 0);
  const title = partTitle('loss', loss);
  const place = OUTPUTS[loss.space] ?? OUTPUTS.logits;
  const at = (i: number, of: readonly number[]) => of[(i + Math.floor(i / labels)) % of.length];
  const shape: [number, number] = [ROWS, labels];
  const values = Float32Array.from({ length: ROWS * labels }, (_, i) => at(i, place));
  const targets = Float32Array.from({ length: ROWS * labels }, (_, i) => at(i, [0, 1, 1, 0, 0]));
  tidy(() => {
    const [outputs, known] = [tensor2d(values, shape), tensor2d(targets, shape)];
    const lossOf = (x: Tensor) =>
      loss.kind === 'batchwise'
        ? lossOfBatch(loss, x as Tensor2D, known, scale)
        : lossElements(loss, x as Tensor2D, known, scale);
    const losses = lossOf(outputs).dataSync();
    const wrong = losses.findIndex((value) => !Number.isFinite(value));
    const negative = losses.findIndex((value) => value < BELOW);
    for (const [i, what] of [
      [wrong, 'a finite number'],
      [negative, '0 or more'],
    ] as const) {
      // prettier-ignore
      if (i < 0) continue;
      const where = loss.kind === 'batchwise' ? 'a batch' : `output ${values[i]} and target ${targets[i]}`;
      throw new PartError('part/loss', `The ${title} is ${losses[i]} for ${where}; expected ${what}.`, {
        hint: 'A loss is never below 0. Return one value per element, or one per batch for a batchwise loss.',
      });
    }
    const slopes = gradientOf(title, (x) => sum(lossOf(x)), outputs).dataSync();
    const odd = slopes.find((value) => !Number.isFinite(value));
    if (odd !== undefined || slopes.every((value) => value === 0)) {
      throw new PartError(
        'part/no-gradient',
        `The ${title} has a gradient of ${odd ?? '0 for every output'}, so nothing can be learned.`,
        { hint: 'Avoid comparisons and rounding between the outputs and the loss.' },
      );
    }
  });
}

/** tfjs throws where no gradient reaches the outputs, or where an operation has none. */
function gradientOf(title: string, value: (x: Tensor) => Tensor, outputs: Tensor2D): Tensor {
  try {
    return grad(value)(outputs);
  } catch (cause) {
    if (cause instanceof PartError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PartError('part/no-gradient', `The ${title} cannot be differentiated: ${reason}`, {
      hint: 'Use operations that have a gradient, all the way from the outputs.',
      cause,
    });
  }
}
