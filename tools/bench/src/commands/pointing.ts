import { wholeNumber, type Streams } from '@polytag/cli';
import { useEngine } from '@polytag/engine';
import { loadModel } from '@polytag/model';
import { Command } from 'commander';
import { tellMachine } from '../machine.js';
import { pointingAccuracy, type Pointing } from '../pointing/pointing-accuracy.js';
import { writeResults } from '../results-file.js';

interface PointingCommandOptions {
  readonly model: readonly string[];
  readonly scenes: number;
  readonly seed: number;
  readonly size: number;
  readonly json?: string;
}

/** `pointing`: whether heat maps point at what their label says. */
export function pointingCommand(streams: Streams): Command {
  return new Command('pointing')
    .description('how often the peak of a heat map lies on the thing, for models of the built-in scenes')
    .requiredOption('--model <folders...>', 'model folders that were trained on built-in scenes')
    .option('--scenes <n>', 'scenes of the validation set, from its first', wholeNumber, 500)
    .option('--seed <n>', 'of the scenes, as data.scenes.seed of the config', wholeNumber, 1)
    .option('--size <pixels>', 'side of a drawn scene', wholeNumber, 128)
    .option('--json <file>', 'also write the results as JSON')
    .action(async ({ model: folders, json, ...options }: PointingCommandOptions) => {
      const machine = await tellMachine(streams);
      await useEngine('wasm');
      const models = [];
      for (const folder of folders) {
        const model = await loadModel(folder);
        const [, height, width] = model.features.outputs[0].shape;
        const report = (done: number) => streams.err.write(`${folder}: ${done}/${options.scenes} scenes\n`);
        const { all, byLabel } = await pointingAccuracy(model, { ...options, report });
        const head = `${model.head.name}, ${model.outputSpace}`;
        const kind = model.heatMaps?.kind ?? 'gradients';
        model.dispose();
        streams.out.write(`${folder}: ${head}, ${kind}, ${height}x${width} cells: ${told(all)}\n`);
        for (const [label, one] of byLabel) streams.out.write(`  ${label.padEnd(15)}${told(one)}\n`);
        models.push({ folder, head, kind, cells: [height, width], all, labels: Object.fromEntries(byLabel) });
      }
      await writeResults(json, { models, ...options, machine });
    });
}

const told = ({ pairs, hits, byChance }: Pointing): string =>
  `${hits.toFixed(3)} of ${pairs} (${byChance.toFixed(3)} by chance)`;
