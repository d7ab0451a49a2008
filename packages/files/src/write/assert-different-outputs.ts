import { printable, UsageError } from '@polytag/core';
import { realPath } from '../names/real-path.js';

/**
 * Throws if two outputs of a command are one file: the second would replace the first.
 *
 * @param outputs options and the files they write; undefined for an option that is not given
 * @throws UsageError `usage/same-output`
 */
export async function assertDifferentOutputs(
  outputs: readonly (readonly [option: string, path: string | undefined])[],
): Promise<void> {
  const options = new Map<string, string>();
  for (const [option, path] of outputs) {
    if (path === undefined) continue;
    const place = await realPath(path);
    const first = options.get(place);
    if (first !== undefined) {
      throw new UsageError(
        'usage/same-output',
        `${first} and ${option} write the same file, ${printable(path, 400)}.`,
        { hint: `Choose another file with ${option}.` },
      );
    }
    options.set(place, option);
  }
}
