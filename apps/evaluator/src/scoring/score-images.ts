import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError, printable } from '@polytag/core';
import { Progress, terminalWidth, type Streams } from '@polytag/cli';
import { encodeOverlay, readThumbnail } from '@polytag/datasets';
import { assertDifferentOutputs, nameToShare, writeFileAtomically } from '@polytag/files';
import { bootstrapEvaluation, evaluateScores, evaluationDetails } from '@polytag/metrics';
import { heatMapPixels, type HeatMap } from '@polytag/model';
import { evaluationReport, shownImages, toHtml, toJson, toTextTable, type Thumbnail } from '@polytag/report';
import { assertNoInput } from '../bulk/assert-no-input.js';
import { assertReplacesFigures, assertReplacesPage } from '../bulk/own-outputs.js';
import { shownBootstrap } from './bootstrap-options.js';
import type { ScoringOptions } from './outputs-on-data.js';
import {
  withFileScores,
  withModelScores,
  type ScoredImages,
  type ScoreFileOptions,
} from './scored-images.js';
import { trainingImages } from './training-images.js';

interface ReportOptions {
  readonly data: string;
  /** Label file that the model was trained on. */
  readonly train?: string;
  readonly json?: string;
  readonly report?: string;
  readonly bootstrap?: number;
  readonly seed: number;
  readonly maxPixels?: number;
}

export type ScoreModelOptions = ScoringOptions & ReportOptions;

/** Scores a model folder on a label file, and writes what is wanted of the report. */
export async function scoreModel(options: ScoreModelOptions, streams: Streams): Promise<void> {
  await assertReportIsNoInput(options, [options.data, options.train]);
  return withModelScores(options, streams, (scored) => writeEvaluation(scored, options, streams));
}

/** The same for scores that any program wrote. */
export async function scoreFile(options: ScoreFileOptions & ReportOptions, streams: Streams): Promise<void> {
  await assertReportIsNoInput(options, [options.data, options.train, options.scores]);
  return withFileScores(options, streams, (scored) => writeEvaluation(scored, options, streams));
}

/** @throws UsageError `usage/out-is-input`, `usage/foreign-file`, `usage/same-output` */
async function assertReportIsNoInput(
  { json, report }: Pick<ReportOptions, 'json' | 'report'>,
  inputs: readonly (string | undefined)[],
): Promise<void> {
  if (json !== undefined) {
    await assertNoInput(json, inputs, '--json');
    await assertReplacesFigures(json);
  }
  if (report === undefined) return;
  await assertReplacesFigures(join(report, 'evaluation.json'), '--report');
  await assertReplacesPage(join(report, 'report.html'));
  await assertDifferentOutputs([
    ['--json', json],
    // evaluation.json has the same content.
    ...['evaluation.txt', 'report.html'].map((name) => ['--report', join(report, name)] as const),
  ]);
}

async function writeEvaluation(
  { name, table, thresholds, dataset, explain }: ScoredImages,
  { data, train, json, report: folder, bootstrap, seed, maxPixels }: ReportOptions,
  { out, err }: Streams,
): Promise<void> {
  const evaluation = evaluateScores({ ...table, labels: dataset.labels.names, thresholds });
  const intervals =
    bootstrap === undefined
      ? undefined
      : bootstrapEvaluation(table, { thresholds, ...shownBootstrap(bootstrap, seed, err) });
  const report = evaluationReport(evaluation, {
    model: name,
    dataSet: nameToShare(data),
    intervals,
    ...(train !== undefined && { trainingImages: await trainingImages(train, dataset.labels) }),
  });
  // What is no terminal has no width: nothing is cut there.
  out.write(toTextTable(report, { width: terminalWidth(out) }));
  if (json) await write(json, toJson(report));
  if (!folder) return;
  const details = evaluationDetails(table, { thresholds });
  const progress = new Progress(err);
  const imageAt = await shownImages(
    details,
    dataset,
    (path) => readThumbnail(path, undefined, { maxPixels }).catch(noPicture),
    {
      ...(explain && {
        heatMaps: async (path, labels, { size }) => overlays(await explain(path, labels), size!),
      }),
      report: (done, total) => progress.update({ label: 'pictures', done, total }),
    },
  );
  await write(join(folder, 'evaluation.json'), toJson(report));
  await write(join(folder, 'evaluation.txt'), toTextTable(report));
  await write(join(folder, 'report.html'), toHtml(report, { ...details, imageAt }));
  out.write(
    `report: ${printable(join(folder, 'report.html'), Infinity)}, with evaluation.json and evaluation.txt\n`,
  );
}

/** Pictures of heat maps, a pixel a cell, by label. */
async function overlays(
  maps: readonly HeatMap[],
  size: NonNullable<Thumbnail['size']>,
): Promise<Map<string, Thumbnail>> {
  const found = maps.map(async (map): Promise<[string, Thumbnail]> => {
    return [map.label, { type: 'image/png', bytes: await encodeOverlay(heatMapPixels(map, size)) }];
  });
  return new Map(await Promise.all(found));
}

/** Scores of a file need no image: where there is none, its name is shown. */
function noPicture(error: unknown): undefined {
  if (!(error instanceof DataError)) throw error;
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, text);
}
