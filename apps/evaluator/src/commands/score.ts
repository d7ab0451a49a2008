import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Streams } from '@polytag/cli';
import { evaluateScores } from '@polytag/metrics';
import { evaluationReport, toJson, toTextTable, type EvaluationReport } from '@polytag/report';
import { Command } from 'commander';
import { withDataOptions, withOutputs, type DataOptions } from '../scoring/outputs-on-data.js';

interface ScoreOptions extends DataOptions {
  readonly json?: string;
  readonly report?: string;
}

export function scoreCommand(streams: Streams): Command {
  const command = new Command('score')
    .description('score a model folder on a label file')
    .requiredOption('--model <folder>', 'model folder, e.g. runs/first/best')
    .requiredOption('--data <file>', 'label file; images are named relative to it')
    .option('--json <file>', "write all scores as JSON (key mAP: a fraction, by the authors' rule)")
    .option('--report <folder>', 'write evaluation.json and evaluation.txt');
  return withDataOptions(command).action((options: ScoreOptions) =>
    withOutputs(options, streams, async (model, outputs) => {
      const { scale, labels, thresholds } = model;
      const evaluation = evaluateScores({ ...outputs, scale, labels: labels.names, thresholds });
      const subject = { model: resolve(options.model), dataSet: resolve(options.data) };
      await show(evaluationReport(evaluation, subject), options, streams);
    }),
  );
}

async function show(
  report: EvaluationReport,
  { json, report: folder }: ScoreOptions,
  { out }: Streams,
): Promise<void> {
  out.write(toTextTable(report));
  if (json) await write(json, toJson(report));
  if (folder) {
    await write(join(folder, 'evaluation.json'), toJson(report));
    await write(join(folder, 'evaluation.txt'), toTextTable(report));
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
