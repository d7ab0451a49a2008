import { DataError } from '@polytag/core';

/** One image that cannot be used, as a line among others. */
export const describeBad = ({ message, hint, code }: DataError): string =>
  `error: ${message}${hint === undefined ? '' : ` ${hint}`} (${code})`;

/** How a command ends that went on past images that cannot be used. */
export const someBad = (bad: number, total: number): DataError =>
  new DataError(
    'data/bad-images',
    `${bad} of ${total} images cannot be used; they are named above, and the results are those of the others.`,
    { hint: 'Copy or convert them, or leave them out. --strict stops at the first.' },
  );
