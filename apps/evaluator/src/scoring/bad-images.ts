import { DataError, namedAbove } from '@polytag/core';

/** One image that cannot be used, as a line among others. */
export const describeBad = ({ message, hint, code }: DataError): string =>
  `error: ${message}${hint === undefined ? '' : ` ${hint}`} (${code})`;

/** How a command ends that went on past images that cannot be used. */
export function someBad(bad: number, total: number): DataError {
  const code = 'data/bad-images';
  if (bad === total) {
    const none = total === 1 ? 'The image cannot be used' : `None of the ${total} images can be used`;
    return new DataError(code, `${none}; the reasons are listed above. There are no results.`, {
      hint: 'Check the paths.',
    });
  }
  return new DataError(
    code,
    `${bad} of ${total} images cannot be used; ${namedAbove(bad)}. The results cover the others.`,
    {
      hint: `Copy or convert ${bad === 1 ? 'it, or leave it' : 'them, or leave them'} out.`,
    },
  );
}
