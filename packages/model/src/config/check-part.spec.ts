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
  ['head', undefined, 'create gives undefined, not an object'],
  ['head', null, 'create gives null, not an object'],
  ['loss', 'text', 'create gives string, not an object'],
  ['head', { ...head, name: '' }, 'it has no "name"'],
  ['head', { ...head, space: undefined }, 'its "space" is missing, not "logits" or "cosines"'],
  ['head', { ...head, space: 'probabilities' }, 'its "space" is "probabilities", not "logits" or "cosines"'],
  ['head', { ...head, apply: undefined }, 'its "apply" is missing'],
  ['loss', { ...loss, elementwise: 3 }, 'its "elementwise" is no function'],
  [
    'backbone',
    { ...backbone, featureChannels: 2.5 },
    'its "featureChannels" are 2.5, not a whole number above 0',
  ],
  ['backbone', { ...backbone, stride: 0 }, 'its "stride" is 0, not a whole number above 0'],
  [
    'backbone',
    { ...backbone, normalisation: undefined },
    'its "normalisation.mean" has not three numbers; its "normalisation.std" has not three numbers above 0',
  ],
  [
    'backbone',
    { ...backbone, normalisation: { ...HALF, std: [1, 0, 1] } },
    'its "normalisation.std" has not three numbers above 0',
  ],
  [
    'backbone',
    { ...backbone, normalisation: { ...HALF, mean: [0, NaN, 0] } },
    'its "normalisation.mean" has not three numbers',
  ],
  ['backbone', { ...backbone, padding: 'valid' }, 'its "padding" is "valid", not "symmetric" or "same"'],
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
