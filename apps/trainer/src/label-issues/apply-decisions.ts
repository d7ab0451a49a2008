import { extname, join } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { counted, DataError, printable, UsageError } from '@polytag/core';
import { correctLabelFile, readLabelFile } from '@polytag/datasets';
import { assertReplacesOwn, realPath } from '@polytag/files';
import { isLabelFile } from '../prepare/label-files.js';
import { readDecisions } from './read-decisions.js';

export interface ApplyOptions {
  /** The label file. */
  readonly data: string;
  /** The decisions. */
  readonly apply: string;
  /** The label file that is written, or the folder that it goes to as `corrected.json`. */
  readonly out: string;
}

/**
 * Writes a label file with what was decided of labels that may be wrong. Rows that cannot be applied are named, the others
 * applied.
 *
 * @throws UsageError `usage/overwrites-data`, `usage/foreign-file`
 * @throws DataError `data/no-decisions`, `data/bad-decisions` after writing, and those of `readDecisions`
 */
export async function applyDecisions({ data, apply, out }: ApplyOptions, streams: Streams): Promise<void> {
  const target = extname(out) === '.json' ? out : join(out, 'corrected.json');
  if ((await realPath(target)) === (await realPath(data))) {
    throw new UsageError(
      'usage/overwrites-data',
      `${target} is the label file to correct; it cannot also be the output.`,
      {
        hint: 'Choose another file with --out.',
      },
    );
  }
  await assertReplacesOwn(target, { what: 'a label file', isOwn: isLabelFile });
  const dataset = await readLabelFile(data, { missingImages: 'keep' });
  const { corrections, kept, faults } = await readDecisions(apply, dataset);
  const progress = new Progress(streams.err);
  for (const fault of faults) progress.line(`error: ${fault}`);
  if (corrections.length + kept === 0) {
    const what = faults.length > 0 ? 'no row that can be applied' : 'no decision';
    throw new DataError('data/no-decisions', `${apply} has ${what}.`, {
      hint: 'Write remove, add, unknown or keep into the column "decision" of each row that you have checked.',
    });
  }
  await correctLabelFile(data, target, corrections);
  const count = (is: string) => corrections.filter((one) => one.is === is).length;
  streams.out.write(
    `${counted(count('absent'), 'label')} removed, ${count('present')} added, ${count('unknown')} made unknown, ${kept} kept\n` +
      `corrected label file: ${printable(target, Infinity)}\n`,
  );
  if (faults.length === 0) return;
  throw new DataError(
    'data/bad-decisions',
    `${counted(faults.length, 'row')} of ${apply} could not be applied: see above.`,
    { hint: 'Correct these rows and apply the file again. The original label file was not changed.' },
  );
}
