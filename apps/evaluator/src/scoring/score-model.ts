import type { DataOptions } from '../options.js';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { printable } from '@polytag/core';
import { terminalWidth, type Streams } from '@polytag/cli';
import { readThumbnail } from '@polytag/datasets';
import { nameToShare, writeFileAtomically } from '@polytag/files';
import { evaluateScores, evaluationDetails, scoreTable } from '@polytag/metrics';
import { evaluationReport, shownImages, toHtml, toJson, toTextTable } from '@polytag/report';
import { withOutputs } from './outputs-on-data.js';

export interface ScoreOptions extends DataOptions {
  readonly json?: string;
  readonly report?: string;
}

/** Scores a model folder on a label file, and writes what is wanted of the report. */
export function scoreModel(options: ScoreOptions, { out, err }: Streams): Promise<void> {
  return withOutputs(options, { out, err }, async (model, { outputs, targets, images }, dataset) => {
    const { labels, thresholds } = model;
    const table = scoreTable(model.scores(outputs), targets, { images, classes: labels.size });
    const evaluation = evaluateScores({ ...table, labels: labels.names, thresholds });
    const subject = { model: nameToShare(options.model), dataSet: nameToShare(options.data) };
    const report = evaluationReport(evaluation, subject);
    // What is no terminal has no width: nothing is cut there.
    out.write(toTextTable(report, { width: terminalWidth(out) }));
    if (options.json) await write(options.json, toJson(report));
    if (options.report) {
      const details = evaluationDetails(table, { thresholds });
      const imageAt = await shownImages(details, dataset, (path) =>
        readThumbnail(path, undefined, { maxPixels: options.maxPixels }),
      );
      await write(join(options.report, 'evaluation.json'), toJson(report));
      await write(join(options.report, 'evaluation.txt'), toTextTable(report));
      await write(join(options.report, 'report.html'), toHtml(report, { ...details, imageAt }));
      out.write(
        `report: ${printable(join(options.report, 'report.html'), Infinity)}, with evaluation.json and evaluation.txt\n`,
      );
    }
  });
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, text);
}
