import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '@polytag/core';
import { readFileBytes, writeFileAtomically } from '@polytag/files';

/** Holds the hash of the label file that the folds in a folder are trained on. */
const FILE = 'label-file.sha256';

/**
 * Makes sure that folds go on with the labels that they began with: those that are done say what models of other labels
 * said.
 *
 * @param haveBegun whether any of them has; else what an earlier try has left says nothing
 * @returns `keep` writes down what they begin with
 * @throws UsageError `usage/resume-differs`
 */
export async function labelsToKeep(
  data: string,
  out: string,
  haveBegun: boolean,
): Promise<{ readonly keep: () => Promise<void> }> {
  const hash = createHash('sha256')
    .update(await readFileBytes(data, { what: 'label file', maxBytes: 2 ** 31 }))
    .digest('hex');
  const path = join(out, FILE);
  const keep = async () => {
    await mkdir(out, { recursive: true });
    await writeFileAtomically(path, `${hash}\n`);
  };
  if (haveBegun && existsSync(path)) {
    if ((await readFile(path, 'utf8')).trim() === hash) return { keep };
    throw new UsageError(
      'usage/resume-differs',
      `${data} has changed since the models in ${out} were trained.`,
      {
        hint: 'Choose another folder with --out.',
      },
    );
  }
  return { keep };
}
