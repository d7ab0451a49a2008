import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { PartError } from '../errors/errors.js';
import { LabelVocabulary } from '../labels/label-vocabulary.js';
import { applyHead } from './apply-head.js';
import type { Head, HeadContext } from './head.js';

const outputs = { sourceLayer: {}, shape: [null, 3] } as unknown as SymbolicTensor;
const context: HeadContext = {
  labels: new LabelVocabulary(['a', 'b', 'c']),
  seed: 1,
  backbone: { featureChannels: 4 },
};
const head = (given: unknown, own: object = {}): Head =>
  ({ name: 'mine', space: 'logits', apply: () => given, ...own }) as unknown as Head;
const applied = (one: Head) => applyHead(one, outputs, context);
const refused = (one: Head, told: string) =>
  expect(() => applied(one)).toThrow(
    expect.objectContaining({ code: 'part/contract', message: expect.stringContaining(told) }),
  );

it('hands the feature map and the context on, and gives what the head gives', () => {
  const given = { outputs, scale: 2, byLabel: () => undefined };
  const seen: unknown[] = [];
  const apply = (...args: unknown[]) => {
    seen.push(...args);
    return given;
  };
  expect(applied(head(undefined, { apply, space: 'cosines' }))).toBe(given);
  expect(seen).toEqual([outputs, context]);
});

it('takes outputs alone for logits of scale 1', () => {
  expect(applied(head(outputs))).toEqual({ outputs, scale: 1 });
  expect(applied(head(outputs, { scale: 1 }))).toEqual({ outputs, scale: 1 });
});

it('refuses outputs alone where they are not all that there is to say', () => {
  refused(head(outputs, { scale: 17 }), 'the "scale" of the head object (17) is ignored');
  refused(head(outputs, { byLabel: () => undefined }), 'the "byLabel" of the head object is ignored');
  refused(head(outputs, { space: 'cosines' }), '"apply" returns cosines without a scale');
});

it.each<[unknown, string]>([
  ...[0, -1, NaN, Infinity, '1', undefined].map((scale): [unknown, string] => [
    { outputs: {}, scale },
    `"scale" that "apply" returns is ${scale};`,
  ]),
  [{ outputs: {}, scale: 1, byLabel: {} }, '"byLabel" that "apply" returns is not a function'],
  [{ shape: [null, 3] }, '"apply" returns an object without "outputs"; expected { outputs, scale }'],
  [undefined, '"apply" returns undefined; expected { outputs, scale }'],
  [null, '"apply" returns null; expected { outputs, scale }'],
  [3, '"apply" returns 3; expected { outputs, scale }'],
])('refuses a head that gives %j', (given, told) => refused(head(given), told));

it('refuses a promise', () => {
  expect(() => applied(head(Promise.resolve({ outputs, scale: 1 })))).toThrow(PartError);
  expect(() => applied(head(Promise.resolve()))).toThrow(expect.objectContaining({ code: 'part/promise' }));
});
