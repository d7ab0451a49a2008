import { createHash } from 'node:crypto';
import { SORT_SCRIPT, SORT_SCRIPT_HASH } from './sort-script.js';

it('is the script that the policy of the page allows', () => {
  const digest = createHash('sha256').update(SORT_SCRIPT).digest('base64');
  expect(SORT_SCRIPT_HASH).toBe(`sha256-${digest}`);
});
