import { mul, sum, type Scalar, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  inPart,
  isFromModule,
  notPromise,
  PartError,
  partTitle,
  PolytagError,
  reasonOf,
  sameOrigin,
  shapeText,
  UsageError,
  type BatchwiseLoss,
  type ElementwiseLoss,
  type LabelCounts,
  type Loss,
} from '@polytag/core';
import { builtInParts } from '@polytag/model';
import { withGradientOwner } from '@polytag/ops';

/**
 * `sum` over batch and labels, the authors' choice, which their learning rates are tuned to; or `mean` over those elements
 * that are known (docs/method.md#reduction). A batchwise loss has a reduction of its own.
 */
export type Reduction = 'sum' | 'mean';

/** How the loss of some examples is taken of a step's whole batch. */
export interface LossShare {
  readonly reduction: Reduction;
  /** Elements of the whole batch that are known: what a mean divides by. Without any it is 0. */
  readonly known: number;
  /** The examples, as a share of the whole batch's images, in (0, 1]. */
  readonly share: number;
}

/** The loss as it is in an epoch, counted from 0. */
export function lossInEpoch(loss: Loss, epoch: number): Loss {
  if (!loss.forEpoch) return loss;
  return lossMadeBy(loss, 'forEpoch', () => loss.forEpoch!(epoch), `for epoch ${epoch + 1}`);
}

/**
 * The loss that a function of a loss makes.
 *
 * @throws PartError `part/threw`, `part/promise`; `part/contract` for another kind of loss, or none
 */
export function lossMadeBy(loss: Loss, what: 'forEpoch' | 'forLabels', make: () => Loss, forWhat = ''): Loss {
  const title = partTitle('loss', loss);
  const made = notPromise(title, what, inPart(title, what, make)) as Partial<Loss> | undefined;
  const isSameKind = (made?.kind ?? 'elementwise') === (loss.kind ?? 'elementwise');
  if (made && isSameKind && made.space === loss.space) return sameOrigin(loss, made as Loss);
  const told = made ? 'another kind of loss' : 'no loss';
  throw new PartError('part/contract', `The ${title} returns ${told}${forWhat && ` ${forWhat}`}.`, {
    hint: `${what} must return a loss of the same kind and space.`,
  });
}

/**
 * What examples add to the loss of their step.
 *
 * @throws PartError `part/threw`, `part/promise`, `part/shape`
 * @throws UsageError `usage/batch-parts` for a part of a batch, when the loss refuses such
 */
export function lossValue(
  loss: Loss,
  outputs: Tensor2D,
  targets: Tensor2D,
  scale: number,
  { reduction, known, share }: LossShare,
): Scalar {
  if (loss.kind !== 'batchwise') return reduce(lossElements(loss, outputs, targets, scale), reduction, known);
  if (share === 1) return lossOfBatch(loss, outputs, targets, scale);
  if (loss.parts === 'averaged') return mul(lossOfBatch(loss, outputs, targets, scale), share);
  throw new UsageError(
    'usage/batch-parts',
    `The ${partTitle('loss', loss)} needs whole batches, but this batch is split.`,
    { hint: 'Train with one replica, and use a smaller batch or raise training.maxHeap until one fits.' },
  );
}

/**
 * @param losses [B, K], one loss per element; unknown elements are 0
 * @param known elements of the whole batch that are known: what a mean divides by. Without any it is 0
 */
export function reduce(losses: Tensor2D, reduction: Reduction, known: number): Scalar {
  const total = sum<Scalar>(losses);
  return reduction === 'sum' ? total : mul(total, 1 / Math.max(known, 1));
}

/** The loss of each element, [B, K]. */
export function lossElements(
  loss: ElementwiseLoss,
  outputs: Tensor2D,
  targets: Tensor2D,
  scale: number,
): Tensor2D {
  const title = partTitle('loss', loss);
  const elements = inLoss(loss, 'elementwise', () => loss.elementwise(outputs, targets, scale));
  const { shape, dtype } = (elements ?? {}) as Partial<Tensor2D>;
  if (shape?.length === 2 && shape.every((size, i) => size === outputs.shape[i]) && dtype === 'float32')
    return elements;
  throw new PartError(
    'part/shape',
    `The ${title} returns ${told(elements)} for outputs ${shapeText(outputs.shape)}; expected one float32 value per output.`,
    { hint: 'Leave sum and mean to training: elementwise returns [B, K].' },
  );
}

/** The loss of a batch, a scalar. */
export function lossOfBatch(
  loss: BatchwiseLoss,
  outputs: Tensor2D,
  targets: Tensor2D,
  scale: number,
): Scalar {
  const title = partTitle('loss', loss);
  const value = inLoss(loss, 'batchwise', () => loss.batchwise(outputs, targets, scale));
  if ((value as Scalar | undefined)?.rank === 0 && value.dtype === 'float32') return value;
  throw new PartError(
    'part/shape',
    `The ${title} returns ${told(value)} for outputs ${shapeText(outputs.shape)}; expected one float32 value.`,
    { hint: 'A batchwise loss returns a scalar. A loss with a value per element is elementwise.' },
  );
}

function told(value: Tensor | undefined): string {
  const { shape, dtype } = (value ?? {}) as Partial<Tensor>;
  return shape === undefined ? 'no tensor' : `${shapeText(shape)} of type ${dtype}`;
}

/** Losses are plain objects: a built-in one is known by its name, and comes from no module. */
export const isOwnLoss = (loss: Loss): boolean =>
  isFromModule(loss) || !builtInParts.some(({ kind, name }) => kind === 'loss' && name === loss.name);

/** Runs the code of a loss; errors in its gradient name it if it is the user's own. */
function inLoss<T>(loss: Loss, what: string, run: () => T): T {
  const title = partTitle('loss', loss);
  const called = () => notPromise(title, what, inPart(title, what, run));
  if (!isOwnLoss(loss)) return called();
  return withGradientOwner(
    {
      title,
      fault: (cause) =>
        cause instanceof PolytagError
          ? cause
          : new PartError('part/no-gradient', `The ${title} cannot be differentiated: ${reasonOf(cause)}`, {
              hint: 'Use operations that have a gradient, all the way from the outputs.',
              cause,
            }),
    },
    called,
  );
}

/** The loss with the weights of a training set's labels, if it uses them. */
export const lossForLabels = (loss: Loss, counts: LabelCounts): Loss =>
  loss.forLabels
    ? lossMadeBy(loss, 'forLabels', () => loss.forLabels!(counts), 'for the label counts')
    : loss;
