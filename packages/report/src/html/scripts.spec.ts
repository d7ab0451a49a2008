import { createHash } from 'node:crypto';
import { FILTER_SCRIPT } from './filter-script.js';
import { SORT_SCRIPT } from './sort-script.js';
import { THRESHOLD_SCRIPT } from './threshold-script.js';

it.each(Object.entries({ FILTER_SCRIPT, SORT_SCRIPT, THRESHOLD_SCRIPT }))(
  'the policy of the page allows %s',
  (_, { source, hash }) => {
    expect(hash).toBe(`sha256-${createHash('sha256').update(source).digest('base64')}`);
  },
);
