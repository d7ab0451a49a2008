import { grad, sum, tensor2d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { inPart, notPromise, PartError, partTitle, shapeText, type Loss } from '@polytag/core';

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
export function checkLoss(loss: Loss, { labels, scale }: { labels: number; scale: number }): void {
  const title = partTitle('loss', loss);
  const place = OUTPUTS[loss.space] ?? OUTPUTS.logits;
  const at = (i: number, of: readonly number[]) => of[(i + Math.floor(i / labels)) % of.length];
  const shape: [number, number] = [ROWS, labels];
  const values = Float32Array.from({ length: ROWS * labels }, (_, i) => at(i, place));
  const targets = Float32Array.from({ length: ROWS * labels }, (_, i) => at(i, [0, 1, 1, 0, 0]));
  tidy(() => {
    const [outputs, given] = [tensor2d(values, shape), tensor2d(targets, shape)];
    const elements = lossElements(loss, outputs, given, scale).dataSync();
    const wrong = elements.findIndex((value) => !Number.isFinite(value));
    const negative = elements.findIndex((value) => value < BELOW);
    for (const [i, what] of [
      [wrong, 'a finite number'],
      [negative, '0 or more'],
    ] as const) {
      // prettier-ignore
      if (i < 0) continue;
      throw new PartError(
        'part/loss',
        `The ${title} is ${elements[i]} for output ${values[i]} and target ${targets[i]}, not ${what}.`,
        { hint: 'A loss is one value for each element, never below 0.' },
      );
    }
    const gradient = gradientOf(title, (x) => sum(lossElements(loss, x as Tensor2D, given, scale)), outputs);
    const slopes = gradient.dataSync();
    const odd = slopes.find((value) => !Number.isFinite(value));
    if (odd !== undefined || slopes.every((value) => value === 0)) {
      throw new PartError(
        'part/no-gradient',
        `The ${title} has a gradient that is ${odd ?? '0 for every output'}: nothing can be learned by it.`,
        { hint: 'Compare and round nothing on the way from the outputs to the loss.' },
      );
    }
  });
}

/**
 * The loss of each element.
 *
 * @throws PartError `part/threw`, `part/promise`, `part/shape`
 */
export function lossElements(loss: Loss, outputs: Tensor2D, targets: Tensor2D, scale: number): Tensor2D {
  const title = partTitle('loss', loss);
  const run = () => loss.elementwise(outputs, targets, scale);
  const elements = notPromise(title, 'elementwise', inPart(title, 'elementwise', run));
  const { shape, dtype } = (elements ?? {}) as Partial<Tensor2D>;
  if (shape?.length === 2 && shape.every((size, i) => size === outputs.shape[i]) && dtype === 'float32')
    return elements;
  const told = shape === undefined ? 'no tensor' : `${shapeText(shape)} of type ${dtype}`;
  throw new PartError(
    'part/shape',
    `The ${title} gives ${told} for outputs ${shapeText(outputs.shape)}, not one float32 value for each of them.`,
    { hint: 'Leave sum and mean to the training: elementwise returns [B, K].' },
  );
}

/** tfjs throws where no gradient reaches the outputs, or where an operation has none. */
function gradientOf(title: string, value: (x: Tensor) => Tensor, outputs: Tensor2D): Tensor {
  try {
    return grad(value)(outputs);
  } catch (cause) {
    if (cause instanceof PartError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PartError('part/no-gradient', `The ${title} cannot be differentiated: ${reason}`, {
      hint: 'Compose it of operations that have a gradient, all the way from the outputs.',
      cause,
    });
  }
}
