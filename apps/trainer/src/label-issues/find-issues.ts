import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { counted, DataError, printable, UsageError, namedAbove } from '@polytag/core';
import { batchPlan } from '@polytag/datasets';
import { assertReplacesOwn, writeFileAtomically } from '@polytag/files';
import { scoreTable, suspicions, type Ranking, type ScoreTable } from '@polytag/metrics';
import { isReportPage } from '@polytag/report';
import type { RunContext } from '../run/run-context.js';
import { nextLine } from '../tables/next-line.js';
import type { HeldOut } from './held-out.js';
import { issuesCsv, readDecisionTable } from './issues-csv.js';
import { issuesPage } from './issues-page.js';
import { issuesTable } from './issues-table.js';

export interface FindIssuesOptions {
  /** The label file, for the command that corrects it. */
  readonly data: string;
  /** Folder that gets `issues.csv` and `issues.html`. */
  readonly out: string;
  readonly ranking: Ranking;
  /** Images on the page. */
  readonly show: number;
}

const CSV = 'issues.csv';
const PAGE = 'issues.html';

/**
 * Writes which labels of a data set may be wrong, as CSV and as a page, and how many.
 *
 * @param heldOut gives the probabilities; it is called when nothing stands in the way of writing
 * @throws UsageError `usage/decisions-there`, `usage/foreign-file`
 * @throws DataError `data/images-left-out` after writing; those of `heldOut`
 */
export async function findIssues(
  { data, out, ranking, show }: FindIssuesOptions,
  heldOut: () => Promise<HeldOut>,
  { progress, out: stream }: RunContext,
): Promise<void> {
  await refuseToLoseDecisions(join(out, CSV));
  await assertReplacesOwn(join(out, PAGE), { what: 'a page of label-issues', isOwn: isReportPage });
  const { dataset, probabilities, leftOut, why } = await heldOut();
  progress.line(`looking for wrong labels among ${counted(dataset.images.length, 'image')}`);
  const table = tableOf(dataset, probabilities);
  const found = suspicions(table, { ranking });
  await mkdir(out, { recursive: true });
  await writeFileAtomically(join(out, CSV), issuesCsv(dataset, found));
  await writeFileAtomically(join(out, PAGE), await issuesPage(dataset, found, { most: show, progress }));
  stream.write(issuesTable(table, dataset.labels.names, found));
  for (const [what, name] of [
    ['all of them', CSV],
    ['to check and decide', PAGE],
  ])
    stream.write(`${what}: ${printable(join(out, name), Infinity)}\n`);
  if (found.length > 0)
    stream.write(
      `decide on the page (its button saves decisions.csv), or in the column "decision" of ${CSV}\n` +
        nextLine('label-issues', '--data', data, '--apply', 'decisions.csv', '--out', correctedFile(data)),
    );
  if (leftOut === 0) return;
  throw new DataError(
    'data/images-left-out',
    `${leftOut} of the ${leftOut + dataset.images.length} images of ${dataset.source} ${why(leftOut)}; ${namedAbove(leftOut)}.`,
    { hint: `${leftOut === 1 ? 'Its' : 'Their'} labels were not checked. All others were.` },
  );
}

/** `all.json` becomes `all-corrected.json`, from where its paths lead to the images too. */
const correctedFile = (data: string): string => data.replace(/(\.json)?$/i, '-corrected.json');

function tableOf(dataset: HeldOut['dataset'], probabilities: Float64Array): ScoreTable {
  const { images, labels } = dataset;
  const { targetsOf } = batchPlan(dataset, { batchSize: 1 });
  return scoreTable(probabilities, targetsOf(Uint32Array.from(images.keys())), {
    images: images.length,
    classes: labels.size,
  });
}

/** What a person has written into the CSV is not overwritten. */
async function refuseToLoseDecisions(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const { rows, decision } = await readDecisionTable(path);
  const decided = rows.filter(({ cells }) => cells[decision].trim() !== '').length;
  if (decided === 0) return;
  throw new UsageError(
    'usage/decisions-there',
    `${path} contains decisions (${decided}) and would be overwritten.`,
    {
      hint: 'Apply them with --apply, or choose another folder with --out.',
    },
  );
}
