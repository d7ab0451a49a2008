import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { counted, DataError, printable, namedAbove } from '@polytag/core';
import { readLabelFile, summarise, type LabelledDataset } from '@polytag/datasets';
import {
  assertDifferentOutputs,
  assertReplacesOwn,
  writeFileAtomically,
  type TextEncoding,
} from '@polytag/files';
import { isReportPage } from '@polytag/report';
import { isLabelFile, refuseSources } from '../../prepare/label-files.js';
import { nameBadImages } from '../../run/bad-images.js';
import { labelTable } from '../../tables/label-table.js';
import { dataReport } from './data-report.js';
import type { FeatureSource } from './feature-model.js';
import { findInData, type DataFindings, type FindOptions } from './find-in-data.js';
import { findingsTable } from './findings-table.js';
import { sharedBetweenFiles } from './shared-between-files.js';
import { cleanedFiles, writeCleaned, type CleanedFile, type LeaveOut } from './write-cleaned.js';
import { writeReport } from './write-report.js';

export interface InspectDataOptions extends FindOptions {
  /** Decodes no image: of copies, only those of the same bytes in two label files are told. Default false. */
  readonly quick?: boolean;
  /** Of the label files. Default `utf-8`; a byte order mark overrules it. */
  readonly encoding?: TextEncoding;
  /** A file for the findings as JSON. */
  readonly json?: string;
  /** A folder for the findings as a page. */
  readonly report?: string;
  /** A file, or of several label files a folder, for label files without what is in `leaveOut`. */
  readonly write?: string;
  readonly leaveOut: ReadonlySet<LeaveOut>;
  /** Compares images by these features too. Default: by none. */
  readonly features?: FeatureSource;
  /** The least cosine of features of images that are alike. Default 0.9. */
  readonly cosine?: number;
}

/**
 * Writes what is in label files, and what is wrong with their images and labels.
 *
 * @throws DataError `data/bad-images` when all else is done, and those of `readLabelFile`; UsageError
 *   `usage/cleaned-files` before anything is read; InterruptedError `data/interrupted`
 */
export async function inspectData(
  sources: readonly string[],
  options: InspectDataOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<void> {
  const { out } = streams;
  const { quick = false, encoding, maxPixels, json, report: folder, write, leaveOut } = options;
  const cleaned = write === undefined ? [] : cleanedFiles(sources, write);
  await refuseSources(cleaned, sources, '--write');
  for (const path of cleaned)
    await assertReplacesOwn(path, { option: '--write', what: 'a label file', isOwn: isLabelFile });
  if (json !== undefined) {
    await refuseSources([json], sources, '--json');
    const isOwn = (head: string) => /^\{\s*"files":/.test(head);
    await assertReplacesOwn(json, { option: '--json', what: 'a file of findings', isOwn });
  }
  if (folder !== undefined) {
    const page = join(folder, 'index.html');
    await assertReplacesOwn(page, { option: '--report', what: 'a page of a report', isOwn: isReportPage });
  }
  await assertDifferentOutputs([
    ...cleaned.map((path) => ['--write', path] as const),
    ['--json', json],
    ['--report', folder && join(folder, 'index.html')],
  ]);
  const progress = new Progress(streams.err);
  const datasets: LabelledDataset[] = [];
  for (const source of sources) {
    const missingImages = quick ? 'error' : 'keep';
    const dataset = await readLabelFile(source, { missingImages, encoding, encodingOption: '--encoding' });
    out.write(labelTable(source, summarise(dataset)));
    datasets.push(dataset);
  }
  if (quick) {
    for (const line of await sharedBetweenFiles(datasets)) out.write(`${line}\n`);
    return;
  }
  const findings = await found(datasets, options, streams, signal, progress);
  const report = dataReport(findings);
  const bad = findings.files.flatMap((file) => file.bad);
  nameBadImages(bad, progress);
  out.write(findingsTable(report));
  const written = (path: string, what: string) => out.write(`${printable(path, Infinity)}: ${what}\n`);
  if (json !== undefined) {
    await mkdir(dirname(json), { recursive: true });
    await writeFileAtomically(json, `${JSON.stringify(report, null, 2)}\n`);
    written(json, 'all results');
  }
  if (folder !== undefined)
    written(await writeReport(folder, report, findings, { maxPixels }), 'all results, with pictures');
  if (write !== undefined) {
    const files = await writeCleaned(findings, cleaned, leaveOut, { encoding });
    for (const file of files) written(file.path, cleanedText(file));
  }
  if (bad.length > 0)
    throw badImagesError(bad.length, datasets, write !== undefined && leaveOut.has('unreadable'));
}

async function found(
  datasets: readonly LabelledDataset[],
  options: InspectDataOptions,
  streams: Streams,
  signal: AbortSignal,
  progress: Progress,
): Promise<DataFindings> {
  const { features, cosine = 0.9 } = options;
  if (!features) return findInData(datasets, options, progress, signal);
  // The network and its engine take a second to load.
  const { featureModel } = await import('./feature-model.js');
  const model = await featureModel(features, datasets[0], streams, signal);
  try {
    return await findInData(datasets, options, progress, signal, { model, cosine });
  } finally {
    model.dispose();
  }
}

function cleanedText({ images, leftOut: { unreadable, exact, near } }: CleanedFile): string {
  return `${images} images; left out: ${unreadable} unusable, ${counted(exact, 'exact copy', 'exact copies')}, ${counted(near, 'near copy', 'near copies')}`;
}

function badImagesError(bad: number, datasets: readonly LabelledDataset[], areLeftOut: boolean): DataError {
  const total = datasets.reduce((sum, { images }) => sum + images.length, 0);
  const message = `${bad} of ${total} images cannot be used; ${namedAbove(bad)}.`;
  return new DataError('data/bad-images', message, {
    hint: areLeftOut
      ? 'The written label file leaves them out.'
      : 'Copy or convert them, leave them out (--write cleaned.json), or train without them: fit … --set data.badImages=skip',
  });
}
