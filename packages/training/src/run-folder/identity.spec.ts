import { assertSameIdentity, type IdentityOptions } from './identity.js';

const fault = (before: unknown, now: unknown, options?: IdentityOptions) => {
  try {
    assertSameIdentity('runs/first', before, now, options);
  } catch (error) {
    return error as Error;
  }
  return undefined;
};

it('accepts what is the same, with keys in any order and keys that may differ', () => {
  const before = { training: { epochs: 3, maxHeap: 1 }, labels: ['cat', 'dog'], ema: undefined };
  const now = { labels: ['cat', 'dog'], training: { maxHeap: 2, epochs: 3 } };
  expect(fault(before, now)).toMatchObject({ message: expect.stringContaining('training.maxHeap: 1 → 2') });
  expect(fault(before, now, { mayDiffer: ['training.maxHeap'] })).toBeUndefined();
});

it('names every difference, counts those beyond five, and escapes what no terminal shows', () => {
  expect(fault({ a: { b: 1 }, c: [1, 2] }, { a: { b: 'x\u202e' }, c: [2, 1], d: null })).toMatchObject({
    code: 'usage/resume-differs',
    message:
      'The run in runs/first was started with other settings: ' +
      'a.b: 1 → "x\\u202e"; c: [1,2] → [2,1]; d: nothing → null.',
  });
  const many = (value: number) => Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`k${i}`, value]));
  expect(fault(many(1), many(2), { what: 'another config', hint: 'Look.' })).toMatchObject({
    message: expect.stringMatching(/with another config: k0: 1 → 2;.* k4: 1 → 2 and 2 more\.$/),
    hint: 'Look.',
  });
});
