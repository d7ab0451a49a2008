import { Progress, type Streams } from '@polytag/cli';
import { useEngine, type EngineName } from '@polytag/engine';
import { loadModel, type LabelScore } from '@polytag/model';
import { Command, Option } from 'commander';
import { engineOption, fraction, positiveInteger } from './arguments.js';

interface PredictOptions {
  model: string;
  top?: number;
  threshold?: number;
  json?: boolean;
  engine: EngineName;
}

/** Photographs decoded and predicted at a time. */
const BATCH = 32;

export function predictCommand(streams: Streams): Command {
  return new Command('predict')
    .description('labels of photographs, best first; one line a photograph')
    .argument('<images...>', 'JPEG, PNG or WebP files')
    .requiredOption('--model <folder>', 'model folder, e.g. runs/first/best')
    .addOption(
      new Option('--top <k>', 'the k best labels, whatever their scores')
        .argParser(positiveInteger)
        .conflicts('threshold'),
    )
    .option(
      '--threshold <score>',
      "labels that score at least this; default: the model's own thresholds, else 0.5",
      fraction,
    )
    .option('--json', 'one JSON object a line: {"image": …, "labels": [{"label": …, "score": …}]}')
    .addOption(engineOption())
    .action(async (images: string[], options: PredictOptions) => {
      await useEngine(options.engine);
      const model = await loadModel(options.model);
      const progress = new Progress(streams.err);
      try {
        if (options.threshold !== undefined)
          model.thresholds = model.labels.names.map(() => options.threshold!);
        for (let start = 0; start < images.length; start += BATCH) {
          const some = images.slice(start, start + BATCH);
          const predictions = await (options.top ? model.topK(some, options.top) : model.predict(some));
          predictions.forEach((labels, i) => streams.out.write(line(some[i], labels, options.json)));
          if (images.length > BATCH) {
            progress.update({ label: 'predicting', done: start + some.length, total: images.length });
          }
        }
      } finally {
        model.dispose();
      }
    });
}

function line(image: string, labels: readonly LabelScore[], json = false): string {
  if (json) return `${JSON.stringify({ image, labels })}\n`;
  return `${image}: ${labels.map(({ label, score }) => `${label} ${score.toFixed(3)}`).join(', ') || '(no label)'}\n`;
}
