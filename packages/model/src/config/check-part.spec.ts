import { HALF, PartError } from '@polytag/core';
import { checkPart } from './check-part.js';

const apply = (): never => undefined as never;
const head = { name: 'mine', space: 'logits', apply };
const loss = { name: 'mine', space: 'cosines', elementwise: apply };
const backbone = {
  name: 'mine',
  featureChannels: 8,
  stride: 4,
  padding: 'same',
  apply,
  normalisation: HALF,
};

it('lets parts pass that are as their contracts have them', () => {
  for (const [kind, part] of [
    ['head', head],
    ['loss', loss],
    ['backbone', backbone],
  ] as const)
    // prettier-ignore
    expect(() => checkPart(kind, kind, part)).not.toThrow();
});

it.each([
  ['head', undefined, 'create returns undefined; expected an object'],
  ['head', null, 'create returns null; expected an object'],
  ['loss', 'text', 'create returns string; expected an object'],
  ['head', { ...head, name: '' }, '"name" is missing'],
  ['head', { ...head, space: undefined }, '"space" is missing; expected "logits" or "cosines"'],
  ['head', { ...head, space: 'probabilities' }, '"space" is "probabilities"; expected "logits" or "cosines"'],
  ['head', { ...head, apply: undefined }, '"apply" is missing'],
  ['loss', { ...loss, elementwise: 3 }, '"elementwise" is not a function'],
  [
    'backbone',
    { ...backbone, featureChannels: 2.5 },
    '"featureChannels" is 2.5; expected a whole number above 0',
  ],
  ['backbone', { ...backbone, stride: 0 }, '"stride" is 0; expected a whole number above 0'],
  [
    'backbone',
    { ...backbone, normalisation: undefined },
    '"normalisation.mean" does not have three numbers; "normalisation.std" does not have three numbers above 0',
  ],
  [
    'backbone',
    { ...backbone, normalisation: { ...HALF, std: [1, 0, 1] } },
    '"normalisation.std" does not have three numbers above 0',
  ],
  [
    'backbone',
    { ...backbone, normalisation: { ...HALF, mean: [0, NaN, 0] } },
    '"normalisation.mean" does not have three numbers',
  ],
  ['backbone', { ...backbone, padding: 'valid' }, '"padding" is "valid"; expected "symmetric" or "same"'],
] as const)('tells what is wrong with a %s: %#', (kind, part, told) => {
  // prettier-ignore
  const check = () => checkPart(kind, `${kind} "mine" of /own/part.js`, part);
  expect(check).toThrow(PartError);
  expect(check).toThrow(
    expect.objectContaining({
      code: 'part/contract',
      exitCode: 8,
      message: `The ${kind} "mine" of /own/part.js breaks its contract: ${told}.`,
    }),
  );
});

it('tells all faults of a part at once', () => {
  expect(() => checkPart('backbone', 'backbone', {})).toThrow(
    /name.*featureChannels.*stride.*mean.*std.*padding.*apply/,
  );
});
