import { it } from 'node:test';
import { useEngine } from '@polytag/engine';
import { checkHead } from '@polytag/testing';
import head from './gated-head.js';

it('keeps the contract of a head', async () => {
  await useEngine('wasm');
  await checkHead(head);
  await checkHead(head, { options: { reduction: 16 } });
});
