import type { Head, Loss } from '@polytag/core';
import { assertSameSpace } from './assert-same-space.js';

const head = { name: 'h', space: 'cosines' } as Head<'cosines'>;
const cosineLoss = { name: 'aam', space: 'cosines' } as Loss<'cosines'>;
const logitLoss = { name: 'bce', space: 'logits' } as Loss<'logits'>;

it('accepts a loss on what the head gives', () => {
  expect(() => assertSameSpace(head, cosineLoss)).not.toThrow();
});

it('refuses another loss, in types and when it runs', () => {
  // @ts-expect-error a loss on logits does not compose with a head of cosines
  const wrong = () => assertSameSpace(head, logitLoss);
  expect(wrong).toThrow(expect.objectContaining({ code: 'usage/space-mismatch' }));
  expect(wrong).toThrow('The head "h" gives cosines, the loss "bce" is defined on logits.');
  expect(wrong).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('loss: { name: aam-asl }') }),
  );
  // Parts from a config file have either space: only running tells.
  expect(() => assertSameSpace(head as Head, logitLoss as Loss)).toThrow(/logits/);
});
