import { collect, type Streams } from '@polytag/cli';
import { nearest, UsageError } from '@polytag/core';
import { Command, Option } from 'commander';
import { loadRunConfig } from '../config/load-run-config.js';
import { runContext } from '../run/run-context.js';
import { dataCommand, maxPixelsOption, quickOption, runInspectData } from './inspect-data.js';

/** `inspect WHAT`: shows data, a config, or what it makes, and trains nothing. */
export function inspectCommand(streams: Streams): Command {
  return withFlagForms(
    new Command('inspect')
      .description(
        'show what is in a label file, config, network or weight file, or how images are augmented',
      )
      .addCommand(dataCommand(streams))
      .addCommand(configCommand(streams))
      .addCommand(networkCommand(streams))
      .addCommand(weightsCommand(streams))
      .addCommand(imagesCommand(streams)),
    streams,
  );
}

interface OpeningOptions {
  readonly quick?: boolean;
  readonly maxPixels?: number;
}
interface ConfigOptions {
  readonly set: readonly string[];
}

const CONFIG = 'config file (YAML)';
const SHEET = 'augmented.png';

const setOption = () =>
  new Option('--set <key=value>', 'set one key of the config; may be given more than once')
    .argParser(collect)
    .default([]);
const outOption = () => new Option('--out <file>', 'PNG file for the contact sheet').default(SHEET);

function configCommand(streams: Streams): Command {
  return new Command('config')
    .description(
      'show a config with all its defaults, and check all that it names: parts, label files, images, weights',
    )
    .argument('<file>', CONFIG)
    .addOption(setOption())
    .addOption(quickOption())
    .addOption(maxPixelsOption())
    .action((file: string, options: ConfigOptions & OpeningOptions) => inspectConfig(file, options, streams));
}

function networkCommand(streams: Streams): Command {
  return new Command('network')
    .description('show the models of a config: weights and multiply-adds of each part')
    .argument('<file>', CONFIG)
    .addOption(setOption())
    .action((file: string, options: ConfigOptions) => inspectNetwork(file, options, streams));
}

function weightsCommand(streams: Streams): Command {
  return new Command('weights')
    .description('show the tensors of a weight file or model folder, or list published weights')
    .argument(
      '[file]',
      '.pth, .safetensors, .npz or .npy file, model folder or run folder (default: list the published weights)',
    )
    .action((file: string | undefined) => inspectWeights(file, streams));
}

function imagesCommand(streams: Streams): Command {
  return new Command('images')
    .description('draw training images of a config before and after augmentation')
    .argument('<file>', CONFIG)
    .addOption(setOption())
    .addOption(outOption())
    .action((file: string, options: ConfigOptions & { readonly out: string }) =>
      inspectImages(file, options, streams),
    );
}

async function inspectConfig(
  source: string,
  { set, quick, maxPixels }: ConfigOptions & OpeningOptions,
  streams: Streams,
): Promise<void> {
  const config = await loadRunConfig(source, set);
  const { inspectRunConfig } = await import('../inspect/inspect-config.js');
  const options = { quick, maxPixels: maxPixels ?? config.data.maxPixels };
  await inspectRunConfig(config, options, runContext(streams, new AbortController().signal, source));
}

async function inspectNetwork(source: string, { set }: ConfigOptions, streams: Streams): Promise<void> {
  const config = await loadRunConfig(source, set);
  const { inspectNetworks } = await import('../inspect/inspect-network.js');
  await inspectNetworks(config, source, streams);
}

async function inspectWeights(file: string | undefined, streams: Streams): Promise<void> {
  const { publishedWeightsTable, weightFileTable } = await import('../tables/weights-table.js');
  streams.out.write(file === undefined ? publishedWeightsTable() : await weightFileTable(file));
}

async function inspectImages(
  source: string,
  { set, out }: ConfigOptions & { readonly out: string },
  streams: Streams,
): Promise<void> {
  const config = await loadRunConfig(source, set);
  const { inspectAugmented } = await import('../inspect/inspect-images.js');
  await inspectAugmented(config, out, streams);
}

interface FlagForms extends ConfigOptions, OpeningOptions {
  readonly data?: string;
  readonly config?: string;
  readonly network?: boolean;
  readonly pretrained?: boolean;
  readonly augmented?: boolean;
  readonly out: string;
  readonly json?: string;
  readonly report?: string;
  readonly write?: string;
}

/** What findings of label files are written to. */
const WRITTEN = ['json', 'report', 'write'] as const;

/** An option there would say nothing to the sub-verb. */
const beforeVerb = ({ long }: Option, verb: Command): UsageError =>
  new UsageError('usage/option-before-verb', `${long} must come after "${verb.name()}".`, {
    hint: `Write the options last: polytag-train inspect ${verb.name()} FILE ...`,
  });

/** Takes `inspect --data FILE` for `inspect data FILE`, and so on: what scripts may have. Help does not show it. */
function withFlagForms(command: Command, streams: Streams): Command {
  const options = [
    new Option('--data <file>'),
    new Option('--config <file>'),
    new Option('--network'),
    new Option('--pretrained'),
    new Option('--augmented'),
    setOption(),
    outOption(),
    quickOption().conflicts([...WRITTEN]),
    maxPixelsOption(),
    new Option('--json <file>'),
    new Option('--report <folder>'),
    new Option('--write <path>'),
  ];
  for (const option of options) command.addOption(option.hideHelp());
  return command
    .enablePositionalOptions()
    .allowExcessArguments()
    .hook('preSubcommand', (_, verb) => {
      const early = options.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
      if (early) throw beforeVerb(early, verb);
    })
    .action(async (given: FlagForms) => {
      const [word] = command.args;
      if (word !== undefined) {
        const meant = nearest(
          word,
          command.commands.map((one) => one.name()),
        );
        command.error(`error: unknown command '${word}'${meant ? `\n(Did you mean ${meant}?)` : ''}`);
      }
      const { data, config, network, pretrained, augmented } = given;
      const unused = WRITTEN.find((name) => given[name] !== undefined && !data);
      if (unused) {
        throw new UsageError('usage/option-without-data', `--${unused} works only with inspect data.`, {
          hint: `For example: polytag-train inspect data train.json --${unused} ${given[unused]}`,
        });
      }
      if (pretrained) await inspectWeights(undefined, streams);
      if (config && network) await inspectNetwork(config, given, streams);
      else if (config && augmented) await inspectImages(config, given, streams);
      else if (config) await inspectConfig(config, given, streams);
      if (data) {
        const { quick, maxPixels, json, report, write } = given;
        await runInspectData([data], { quick, maxPixels, json, report, write }, streams);
      }
      if (!pretrained && !config && !data) {
        throw new UsageError('usage/nothing-to-inspect', 'Nothing to inspect was given.', {
          hint: 'For example: polytag-train inspect data train.json',
        });
      }
    });
}
