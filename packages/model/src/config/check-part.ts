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
  `"${key}" is ${value === undefined ? 'missing' : JSON.stringify(value)}; expected ${known.map((one) => `"${one}"`).join(' or ')}`;
const aFunction = (key: string, value: unknown): string | false =>
  typeof value !== 'function' && `"${key}" is ${value === undefined ? 'missing' : 'not a function'}`;

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
    !isCount(featureChannels) && `"featureChannels" is ${featureChannels}; expected a whole number above 0`,
    !isCount(stride) && `"stride" is ${stride}; expected a whole number above 0`,
    !isThree(normalisation?.mean, Number.isFinite) && '"normalisation.mean" does not have three numbers',
    !isThree(normalisation?.std, (value) => value > 0 && Number.isFinite(value)) &&
      '"normalisation.std" does not have three numbers above 0',
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
    ? [!isName((part as { name?: unknown }).name) && '"name" is missing', ...CHECKS[kind](part)].filter(
        Boolean,
      )
    : [`create returns ${part === null ? 'null' : typeof part}; expected an object`];
  if (faults.length === 0) return;
  throw new PartError('part/contract', `The ${title} breaks its contract: ${faults.join('; ')}.`, {
    hint: 'See the contracts in the README of @polytag/core. The checks of @polytag/testing find all such errors.',
  });
}
