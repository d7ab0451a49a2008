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
  refused(head(outputs, { scale: 17 }), 'its own "scale" of 17 is not read');
  refused(head(outputs, { byLabel: () => undefined }), 'its own "byLabel" is not read');
  refused(head(outputs, { space: 'cosines' }), 'its "apply" gives cosines without a scale');
});

it.each<[unknown, string]>([
  ...[0, -1, NaN, Infinity, '1', undefined].map((scale): [unknown, string] => [
    { outputs: {}, scale },
    `"scale" that its "apply" gives is ${scale},`,
  ]),
  [{ outputs: {}, scale: 1, byLabel: {} }, '"byLabel" that its "apply" gives is no function'],
  [{ shape: [null, 3] }, 'its "apply" gives an object without "outputs", not { outputs, scale }'],
  [undefined, 'its "apply" gives undefined, not { outputs, scale }'],
  [null, 'its "apply" gives null, not { outputs, scale }'],
  [3, 'its "apply" gives 3, not { outputs, scale }'],
])('refuses a head that gives %j', (given, told) => refused(head(given), told));

it('refuses a promise', () => {
  expect(() => applied(head(Promise.resolve({ outputs, scale: 1 })))).toThrow(PartError);
  expect(() => applied(head(Promise.resolve()))).toThrow(expect.objectContaining({ code: 'part/promise' }));
});
