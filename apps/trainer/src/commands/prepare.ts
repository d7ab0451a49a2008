import { collect, textEncoding, whileLoading, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { datasetReaders, type DatasetReader, type ReaderOption } from '@polytag/datasets/readers';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { DivideSplitsOptions } from '../prepare/divide-splits.js';
import type { PrepareOptions } from '../prepare/prepare-splits.js';
import { groupOption, seedOption, testOption, valOption } from '../split/split-options.js';

/** `prepare FORMAT`: a data set as it is published becomes label files that the other commands read. */
export function prepareCommand(streams: Streams): Command {
  const command = new Command('prepare').description(
    'make label files from published data sets, folders, tables or the files of other tools',
  );
  command
    // What stands behind a format is the format's.
    .enablePositionalOptions()
    // Of a format that there is not, its name is what is wrong, not the options behind it.
    .passThroughOptions()
    .allowExcessArguments()
    .argument('[format]', 'format of the data set')
    .option(
      '--from <folder>',
      'without a format: show what the folder contains, and which format can read it',
    );
  for (const reader of datasetReaders) command.addCommand(formatCommand(reader, streams));
  return command.action(async (format: string | undefined, { from }: { readonly from?: string }) => {
    if (format !== undefined) {
      const names = datasetReaders.map(({ name }) => name).join(', ');
      throw new UsageError('usage/unknown-format', `Unknown format "${format}".`, {
        hint: `Expected one of ${names}. To find out which, run polytag-train prepare --from FOLDER.`,
      });
    }
    if (from === undefined) return command.help({ error: true });
    const { noFormat, recogniseFolder } = await whileLoading(() => import('../prepare/recognise-format.js'));
    throw noFormat(from, await recogniseFolder(from));
  });
}

function formatCommand(reader: DatasetReader, streams: Streams): Command {
  const command = new Command(reader.name)
    .description(reader.description)
    .addOption(
      new Option('--from <folder>', 'folder of the data set').makeOptionMandatory().default(reader.from),
    )
    .addHelpText('after', `\nExpected folder, with default options:\n${reader.folder}`);
  for (const option of commonOptions())
    if (!reader.without?.some((name) => option.long === `--${name}`)) command.addOption(option);
  for (const option of reader.options) command.addOption(commandOption(option));
  // Data sets as they are published have a part to score on.
  const isWhole = reader.published === undefined;
  if (isWhole)
    for (const option of [valOption(), testOption(), groupOption(), seedOption()]) command.addOption(option);
  return command.action(async (options: PrepareOptions & DivideSplitsOptions) => {
    const divide = isWhole && (options.val ?? options.test ?? options.group) !== undefined;
    if (!isWhole) refuseShare(reader, options.val);
    // It brings the decoder of images with it, which help needs not.
    const { prepareSplits } = await import('../prepare/prepare-splits.js');
    await prepareSplits(reader, { ...options, divide: divide ? options : undefined }, streams);
  });
}

/** Where `--val` names a part of the published set, a share cannot be meant. */
function refuseShare({ name }: DatasetReader, val: unknown): void {
  if (typeof val !== 'string' || !/^0?\.\d+$/.test(val)) return;
  throw new UsageError('usage/has-splits', `${name} has its own splits, and none is called "${val}".`, {
    hint: 'Remove --val, or choose a split (see --help). To divide one of the label files further, use polytag-train split.',
  });
}

/** What every format understands beside `--from`. */
function commonOptions(): Option[] {
  return [
    new Option('--images <folder>', 'image folder, if not in the data set'),
    new Option(
      '--out <folder>',
      'folder for the label files (default: the data set); images stay where they are',
    ),
    new Option('--skip-missing', 'leave out images that are not on disk, and count them'),
    new Option(
      '--normalise-labels',
      'merge labels that differ only in case, Unicode form, white space or invisible characters',
    ),
    new Option(
      '--unlisted <what>',
      'labels that an image does not list: absent, or unknown if annotators only listed what they saw',
    )
      .choices(['absent', 'unknown'])
      .default('absent'),
    new Option(
      '--encoding <name>',
      'encoding of text files: utf-8, utf-16le, utf-16be or windows-1252 (default: utf-8; a byte order mark takes precedence)',
    ).argParser(textEncoding),
    new Option('--force', 'overwrite label files'),
  ];
}

function commandOption({ flags, help, default: value, choices, repeats, parse }: ReaderOption): Option {
  const option = new Option(flags, help);
  if (choices) option.choices(choices);
  if (parse) option.argParser((text) => parsed(parse, text));
  return repeats ? option.argParser(collect).default([]) : option.default(value);
}

/** The value of a text; what a reader has against it is told as commander tells it. */
function parsed(parse: NonNullable<ReaderOption['parse']>, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error;
  }
}
