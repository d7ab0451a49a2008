import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { openLoader, readAnnotations } from '@polytag/datasets';
import { useEngine, type EngineName } from '@polytag/engine';
import { loadModel } from '@polytag/model';
import { evaluationReport, toJson, toTextTable, type EvaluationReport } from '@polytag/report';
import { evaluate } from '@polytag/training';
import { Command } from 'commander';
import { checkLabels } from './check-labels.js';
import { engineOption, positiveInteger } from './arguments.js';

interface ScoreOptions {
  model: string;
  data: string;
  json?: string;
  report?: string;
  ignoreUnknownLabels?: boolean;
  batch: number;
  workers: number;
  engine: EngineName;
}

export function scoreCommand(streams: Streams): Command {
  return new Command('score')
    .description('score a model folder on a label file')
    .requiredOption('--model <folder>', 'model folder, e.g. runs/first/best')
    .requiredOption('--data <file>', 'label file; images are named relative to it')
    .option('--json <file>', "write all scores as JSON (key mAP: a fraction, by the authors' rule)")
    .option('--report <folder>', 'write evaluation.json and evaluation.txt')
    .option('--ignore-unknown-labels', 'leave out labels that are not in "classes" of the label file')
    .option('--batch <images>', 'images at a time', positiveInteger, 64)
    .option('--workers <threads>', 'decoding threads', positiveInteger, 1)
    .addOption(engineOption())
    .action(async (options: ScoreOptions) => {
      await useEngine(options.engine);
      const dataset = await readAnnotations(options.data, {
        unknownLabels: options.ignoreUnknownLabels ? 'ignore' : 'error',
      });
      const model = await loadModel(options.model);
      try {
        checkLabels(model, options.model, dataset);
        const source = openLoader(dataset, {
          preprocessing: model.preprocessing,
          batchSize: options.batch,
          workers: options.workers,
          cacheBytes: 0,
        });
        const progress = showRate(source.size, new Progress(streams.err));
        const evaluation = await evaluate(model, source, { report: progress }).finally(() => source.close());
        const subject = { model: resolve(options.model), dataSet: resolve(options.data) };
        await show(evaluationReport(evaluation, subject), options, streams);
      } finally {
        model.dispose();
      }
    });
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

function showRate(total: number, progress: Progress): (done: number) => void {
  const start = performance.now();
  return (done) => {
    const rate = done / ((performance.now() - start) / 1000);
    progress.update({
      label: 'scoring',
      done,
      total,
      rate: `${rate.toFixed(0)} images/s`,
      secondsLeft: (total - done) / rate,
    });
  };
}
