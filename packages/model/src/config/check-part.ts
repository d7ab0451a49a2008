import { PartError, type Backbone, type ElementwiseLoss, type Head, type Loss } from '@polytag/core';

const SPACES = ['logits', 'cosines'];
const LOSS_KINDS = ['elementwise', 'batchwise'];
const BATCH_PARTS = ['averaged', 'refused'];
const PADDINGS = ['symmetric', 'same'];

/** What a part of a kind has that is not as the contract has it, in words; empty where all is. */
type Faults = (string | false)[];

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
const isThree = (values: unknown, fits: (value: number) => boolean): boolean =>
  Array.isArray(values) && values.length === 3 && values.every(fits);
const oneOf = (known: readonly string[], key: string, value: unknown): string | false =>
  !known.includes(value as string) &&
  `its "${key}" is ${value === undefined ? 'missing' : JSON.stringify(value)}, not ${known.map((one) => `"${one}"`).join(' or ')}`;
const aFunction = (key: string, value: unknown): string | false =>
  typeof value !== 'function' && `its "${key}" is ${value === undefined ? 'missing' : 'no function'}`;

const CHECKS = {
  head: ({ space, apply }: Partial<Head>): Faults => [
    oneOf(SPACES, 'space', space),
    aFunction('apply', apply),
  ],
  loss: (loss: Partial<Loss>): Faults => [
    oneOf(SPACES, 'space', loss.space),
    loss.kind !== undefined && oneOf(LOSS_KINDS, 'kind', loss.kind),
    ...(loss.kind === 'batchwise'
      ? [oneOf(BATCH_PARTS, 'parts', loss.parts), aFunction('batchwise', loss.batchwise)]
      : [aFunction('elementwise', (loss as Partial<ElementwiseLoss>).elementwise)]),
    loss.forLabels !== undefined && aFunction('forLabels', loss.forLabels),
    loss.forEpoch !== undefined && aFunction('forEpoch', loss.forEpoch),
  ],
  backbone: ({ featureChannels, stride, normalisation, padding, apply }: Partial<Backbone>): Faults => [
    !isCount(featureChannels) && `its "featureChannels" are ${featureChannels}, not a whole number above 0`,
    !isCount(stride) && `its "stride" is ${stride}, not a whole number above 0`,
    !isThree(normalisation?.mean, Number.isFinite) && 'its "normalisation.mean" has not three numbers',
    !isThree(normalisation?.std, (value) => value > 0 && Number.isFinite(value)) &&
      'its "normalisation.std" has not three numbers above 0',
    oneOf(PADDINGS, 'padding', padding),
    aFunction('apply', apply),
  ],
};

/**
 * What can be seen of a part before it is used. All faults are told at once.
 *
 * @param title see `partTitle`
 * @throws PartError `part/contract`
 */
export function checkPart(kind: keyof typeof CHECKS, title: string, part: unknown): void {
  const isObject = typeof part === 'object' && part !== null;
  const faults = isObject
    ? [!isName((part as { name?: unknown }).name) && 'it has no "name"', ...CHECKS[kind](part)].filter(
        Boolean,
      )
    : [`create gives ${part === null ? 'null' : typeof part}, not an object`];
  if (faults.length === 0) return;
  throw new PartError('part/contract', `The ${title} breaks its contract: ${faults.join('; ')}.`, {
    hint: 'See the contracts in the README of @polytag/core; the checks of @polytag/testing find all such faults.',
  });
}
