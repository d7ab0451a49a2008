import { createHash } from 'node:crypto';
import { SORT_SCRIPT } from './sort-script.js';

it('is the script that the policy of the page allows', () => {
  const digest = createHash('sha256').update(SORT_SCRIPT.source).digest('base64');
  expect(SORT_SCRIPT.hash).toBe(`sha256-${digest}`);
});
