import { DataError, printable } from '@polytag/core';

/** What is told of a photograph that is not in the store. */
export const outsideStore = (shown: string): DataError =>
  new DataError(
    'queue/outside-store',
    `${printable(shown, 400)} is not in the store, so workers cannot read it.`,
    {
      hint: 'Copy it into the store (--store), the folder shared by all machines. A link out of it does not help.',
    },
  );
